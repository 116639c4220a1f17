"""Shipped blueprints as each version deployed them, and today's program over those states.

A folder for each version. What is in one was deployed by somebody: it is never written again once
the version is out.
"""
