"""What models are held to where a blueprint does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from modelyard.catalog.sheet import entry, rows

_SHEET = Path(__file__).with_name("thresholds.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One default. `value` is a number, or days where it is a length of time."""

    id: str
    value: float | timedelta
    reason: str
    source: str
    as_of: str
    confirmed: bool

    @property
    def number(self) -> float:
        """Raises TypeError where it is a length of time."""
        if isinstance(self.value, timedelta):
            raise TypeError(f"{self.id} is a length of time")
        return self.value

    @property
    def duration(self) -> timedelta:
        """Raises TypeError where it is a number."""
        if not isinstance(self.value, timedelta):
            raise TypeError(f"{self.id} is a number")
        return self.value


@cache
def thresholds() -> Mapping[str, Threshold]:
    """Every default by id."""
    found = {id: _threshold(id, row) for id, row in rows(_SHEET, "thresholds").items()}
    return MappingProxyType(found)


def threshold(id: str) -> Threshold:
    """The default of an id. Raises KeyError, naming the ids there are, if there is none."""
    return entry(thresholds(), id, "threshold")


def _threshold(id: str, row: Mapping[str, Any]) -> Threshold:
    return Threshold(
        id=id,
        value=_value(row["value"]),
        reason=row["reason"],
        source=row["source"],
        as_of=str(row["as_of"]),
        confirmed=row["confirmed"],
    )


def _value(written: float | str) -> float | timedelta:
    """`90d` is a length of time: in days, the only unit that the sheet has."""
    if isinstance(written, str):
        return timedelta(days=int(written.removesuffix("d")))
    return written
