"""Providers that act on a cloud which is a file: what the real engine runs the program against.

One process answers for all packages; the engine is told of it by PULUMI_DEBUG_PROVIDERS:

    with Providers.start(folder) as providers:
        environment = providers.environment()
        providers.cloud.things()          # what exists
        providers.cloud.order(Order(...)) # have a call wait, fail or stand still

What it knows of the real providers has its source beside it; what it does not know it echoes.
"""
