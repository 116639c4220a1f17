"""Runs the program of a plan on Pulumi's engine, and says what it does and why it failed.

    stack = Stack.open(planned.plan, project_of(path), create=True)
    outcome = stack.up(on_event)

State, locks, secrets and concurrency are Pulumi's own; here are only the way to it through the
Automation API, and the words.
"""

PARALLEL = 32
"""Operations at a time. They wait for a cluster and not for a processor, of which the engine's
own default is four times the number."""
