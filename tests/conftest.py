"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# Machines are busy at times: how long an example takes says nothing about whether it is right.
settings.register_profile("modelyard", deadline=None)
settings.load_profile("modelyard")
