"""A value, what it is held to, and whether chance alone could explain it: a finding."""

from __future__ import annotations

import math
from collections.abc import Callable

from modelyard_jobs.config import Bound
from modelyard_jobs.verdict import WHOLE, Finding, Verdict

CHANCE = 0.001
"""A breach that chance alone brings about more often than this is not one."""


def undecided(measure: str, reason: str, subject: str = WHOLE) -> Finding:
    """What could not be judged, and why."""
    return Finding(measure, Verdict.UNDECIDED, subject, reason=reason)


def judged(
    measure: str,
    value: float,
    bound: Bound | None = None,
    subject: str = WHOLE,
    *,
    probability: Callable[[], float] | None = None,
    chance: float = CHANCE,
    reason: str = "",
) -> Finding:
    """Hold `value` to `bound`.

    `probability` is asked where the bound is not kept: how probable so extreme a value is without
    anything having changed. Where it is more than `chance`, the measure stays undecided.
    """
    if math.isnan(value):
        return undecided(measure, reason or "it cannot be computed of these rows", subject)
    if bound is None:
        return Finding(measure, Verdict.PASSED, subject, value, reason=reason)
    limit, beyond = _held(value, bound)
    likely = probability() if beyond and probability else 0.0
    if likely > chance:
        explained = f"chance explains it (p = {likely:.2g}); more rows would tell"
        reason = f"{reason}; {explained}" if reason else explained
        return Finding(measure, Verdict.UNDECIDED, subject, value, limit, reason)
    verdict = Verdict.BREACHED if beyond else Verdict.PASSED
    return Finding(measure, verdict, subject, value, limit, reason)


def _held(value: float, bound: Bound) -> tuple[float | None, bool]:
    if bound.min is not None and (value < bound.min or bound.max is None):
        return bound.min, value < bound.min
    return bound.max, bound.max is not None and value > bound.max
