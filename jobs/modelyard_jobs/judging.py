"""A value, what it is held to, and whether chance alone could explain it: a finding."""

from __future__ import annotations

import math

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
    probability: float = 0.0,
    chance: float = CHANCE,
    reason: str = "",
) -> Finding:
    """Hold `value` to `bound`.

    `probability` is that of a value as extreme without anything having changed: where it is more
    than `chance`, a bound that is not kept leaves the measure undecided.
    """
    if math.isnan(value):
        return undecided(measure, reason or "it cannot be computed of these rows", subject)
    if bound is None:
        return Finding(measure, Verdict.PASSED, subject, value, reason=reason)
    limit, beyond = _held(value, bound)
    if beyond and probability > chance:
        explained = f"chance explains it (p = {probability:.2g}); more rows would tell"
        reason = f"{reason}; {explained}" if reason else explained
        return Finding(measure, Verdict.UNDECIDED, subject, value, limit, reason)
    verdict = Verdict.BREACHED if beyond else Verdict.PASSED
    return Finding(measure, verdict, subject, value, limit, reason)


def _held(value: float, bound: Bound) -> tuple[float | None, bool]:
    if bound.min is not None and (value < bound.min or bound.max is None):
        return bound.min, value < bound.min
    return bound.max, bound.max is not None and value > bound.max
