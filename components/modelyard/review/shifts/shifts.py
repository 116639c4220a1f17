"""Everything that a reviewer asks about and that is not what it was; what got looser first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from modelyard.review.sections import look
from modelyard.review.shifts import access, controls, data, exposure, supply
from modelyard.review.shifts.shift import (
    ACCESS,
    DATA,
    EXPOSURE,
    SUPPLY,
    TOPICS,
    Shift,
)
from modelyard.review.table import Table
from modelyard.review.view import View

if TYPE_CHECKING:
    from modelyard.policies.verdict import Verdict

_SHOWN = 25
"""Lines of a table; the JSON has all of them."""
_JOINED = 4
"""Sentences of one line."""


@dataclass(frozen=True)
class Shifts:
    """By topic; None of what cannot be compared."""

    of: Mapping[str, tuple[Shift, ...] | None]

    @property
    def looser(self) -> tuple[Shift, ...]:
        return tuple(each for each in self._all if each.looser)

    @property
    def _all(self) -> Iterator[Shift]:
        for topic in TOPICS:
            yield from self.of.get(topic) or ()

    def json(self) -> Mapping[str, Any]:
        """For machines; the keys are a contract. `null` is what cannot be compared."""
        return {topic: _json(self.of.get(topic)) for topic in TOPICS}

    def first(self) -> Iterator[Table]:
        """What got looser."""
        yield from _table("What gets looser", self.looser)

    def rest(self) -> Iterator[Table]:
        """Whatever else is not what it was."""
        rest = [each for each in self._all if not each.looser]
        yield from _table("What else changes for review", rest)


def _json(shifts: Iterable[Shift] | None) -> list[Any] | None:
    return None if shifts is None else [each.json() for each in shifts]


def shifts_between(before: View | None, after: View) -> Mapping[str, tuple[Shift, ...]]:
    """Of exposure, access, data and supply. Where there was nothing, nothing gets looser."""
    old, new = look(before) if before else None, look(after)
    pulled = (*old.supply, *supply.models(before.plan)) if before and old else ()
    found = {
        EXPOSURE: exposure.shifts(old.exposure if old else (), new.exposure),
        ACCESS: access.shifts(old.access if old else (), new.access),
        DATA: data.shifts(old, new),
        SUPPLY: supply.shifts(pulled, (*new.supply, *supply.models(after.plan))),
    }
    return {topic: _comparative(shifts, before) for topic, shifts in found.items()}


def _comparative(shifts: Iterable[Shift], before: View | None) -> tuple[Shift, ...]:
    return tuple(each if before else replace(each, looser=False) for each in shifts)


def control_shifts(
    old: Sequence[str], new: Sequence[str], before: Verdict | None, after: Verdict | None
) -> tuple[Shift, ...] | None:
    """Of controls. None where the resources of a side were not judged."""
    if before is None or after is None:
        return None
    return tuple(controls.shifts(old, new, before, after))


def _table(title: str, shifts: Iterable[Shift]) -> Iterator[Table]:
    """A line for all that is said of the same."""
    lines: dict[tuple[str, str], list[str]] = {}
    for each in shifts:
        said = lines.setdefault((each.topic, each.about), [])
        said += [each.what] if each.what not in said else []
    rows = [(topic, f"{about}: {_joined(said)}") for (topic, about), said in lines.items()]
    if rows:
        more = len(rows) - _SHOWN
        note = f"and {more} more, which --format json has" if more > 0 else ""
        yield Table(title, ("about", "what"), tuple(_fair(rows)), note)


def _joined(said: list[str]) -> str:
    more = f"; and {len(said) - _JOINED} more" if len(said) > _JOINED else ""
    return "; ".join(said[:_JOINED]) + more


def _fair(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The first lines of each topic, so that a long one does not push another out."""
    places: dict[str, int] = {}
    ranked: list[tuple[int, int]] = []
    for index, (topic, _) in enumerate(rows):
        places[topic] = places.get(topic, 0) + 1
        ranked.append((places[topic], index))
    kept = sorted(index for _, index in sorted(ranked)[:_SHOWN])
    return [rows[index] for index in kept]
