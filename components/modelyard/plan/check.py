"""One job that holds a model to limits, and the limits with where they come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from modelyard.catalog.thresholds import threshold

BLUEPRINT, FIELD = "blueprint", "the field"
SAID = "said there"


@dataclass(frozen=True)
class Limit:
    """What one measure is held to, and why."""

    check: str
    """The job that measures it; `retraining` for when training starts."""
    measure: str
    bound: str
    """As people read it: `<= 0.2`, `every 30d`."""
    origin: str
    """`blueprint`, or `the field` for a default of the catalog."""
    reason: str


@dataclass(frozen=True)
class Check:
    """One job that runs on a clock, with what it is told."""

    job: str
    settings: Mapping[str, Any]
    asks: Mapping[str, str] = field(default_factory=dict[str, str])
    """Models that it asks, by the setting that says where they answer."""
    reads: Mapping[str, str] = field(default_factory=dict[str, str])
    """Addresses of the blueprint that it reads, by the setting that names them."""
    data: Mapping[str, str] = field(default_factory=dict[str, str])
    """Rows of its own, instead of those that the other checks look at."""


Part = tuple[Check, list[Limit]]
"""A check with what it holds a model to."""


def number(
    check: str,
    measure: str,
    given: float | None,
    show: Callable[[float], str] = "{:g}".format,
    default: str | None = None,
) -> tuple[float, Limit]:
    """A threshold of the blueprint, or the field's, with the line that tells of it."""
    known = threshold(default or measure)
    value = known.number if given is None else given
    origin, why = (FIELD, known.reason) if given is None else (BLUEPRINT, SAID)
    return value, Limit(check, measure, f"<= {show(value)}", origin, why)


def told(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Settings without those that are left to the job."""
    return {key: value for key, value in settings.items() if value is not None}
