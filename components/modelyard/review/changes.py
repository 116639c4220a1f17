"""What a preview says would change, as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from modelyard.engine.changes import VERBS, Change
from modelyard.review.table import Table

_VERBS = tuple(VERBS.values())
_SHOWN = 6
"""Properties of one change that are named; nobody reads on."""


def tables(changes: Sequence[Change], unchanged: int) -> Iterator[Table]:
    """Counts by part; then, one by one, all but what is new."""
    yield _counts(changes, unchanged)
    listed = [change for change in changes if change.verb != "create"]
    if listed:
        yield _one_by_one(listed)


def summary(changes: Iterable[Change]) -> str:
    """`3 to create, 1 to replace`."""
    counts = Counter(change.verb for change in changes)
    return ", ".join(f"{counts[verb]} to {verb}" for verb in _VERBS if counts[verb])


def _counts(changes: Sequence[Change], unchanged: int) -> Table:
    verbs = [verb for verb in _VERBS if any(change.verb == verb for change in changes)]
    by_part: dict[str, Counter[str]] = {}
    for change in changes:
        by_part.setdefault(change.part, Counter())[change.verb] += 1
    rows = [
        (part, *(str(counts[verb] or "") for verb in verbs)) for part, counts in by_part.items()
    ]
    note = f"{summary(changes) or 'nothing to change'}, {unchanged} stay as they are"
    columns = ("part", *verbs)
    return Table("Changes", columns, tuple(rows), note, tuple(range(1, len(columns))), wrap=0)


def _one_by_one(changes: Sequence[Change]) -> Table:
    """What loses data comes first: replaced or deleted, and protected before the rest."""
    urgent = {"replace": 0, "delete": 1}
    ordered = sorted(changes, key=lambda c: (not c.protected, urgent.get(c.verb, 2)))
    rows = tuple((_verb(change), _what(change)) for change in ordered)
    protected = sum(change.protected and change.verb in urgent for change in changes)
    note = f"{protected} of them are protected: the engine will refuse" if protected else ""
    return Table("One by one", ("change", "resource and properties"), rows, note)


def _verb(change: Change) -> str:
    return f"{change.verb}, protected" if change.protected else change.verb


def _what(change: Change) -> str:
    resource, more = f"{change.kind} {change.name}", len(change.properties) - _SHOWN
    named = ", ".join(change.properties[:_SHOWN])
    if not named:
        return resource
    return f"{resource}: {named} and {more} more" if more > 0 else f"{resource}: {named}"
