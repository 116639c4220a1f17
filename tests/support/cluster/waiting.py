"""Waits for what a controller does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable

_LONGEST = 60.0
_EACH = 0.2


def until(holds: Callable[[], object], seconds: float = _LONGEST) -> bool:
    """Wait until something holds, or no longer; says whether it does in the end.

    The test looks for itself how it came out: what it finds says more than that time is up.
    """
    deadline = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(_EACH)
    return bool(held)
