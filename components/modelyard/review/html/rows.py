"""The table of resources: every one that is managed, and in a diff what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.engine.parts import parts_of
from modelyard.review.diff import verb_of
from modelyard.review.view import kind

if TYPE_CHECKING:
    from modelyard.recorder import Resource
    from modelyard.review.diff import Diff
    from modelyard.review.replacing import Changed
    from modelyard.review.report import Report

_EDITS = 8
STAYS = "stays"
_URGENT = ("delete", "replace", "update or replace", "update", "create")


@dataclass(frozen=True)
class Row:
    """One resource."""

    name: str
    kind: str
    type: str
    package: str
    site: str
    part: str
    marks: tuple[str, ...]
    """`protected`, `stateful`."""
    change: str = ""
    """Empty in a plan; in a diff a verb, or `stays`."""
    edits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rows:
    """All of them, and what they can be chosen by."""

    rows: tuple[Row, ...]

    def choices(self, key: str) -> tuple[str, ...]:
        """The values of a column, each once."""
        return tuple(sorted({str(getattr(row, key)) for row in self.rows} - {""}))


def rows(report: Report, diff: Diff | None) -> Rows:
    """What is there, after the change if it is one; before it what is deleted."""
    changed = {each.change.urn: each for each in diff.resources} if diff else {}
    made = _Made(report, changed, STAYS if diff else "")
    there = [made.row(each) for each in report.graph if each.custom and not each.external]
    gone = [made.gone(each) for each in changed.values() if each.verb == "delete"]
    return Rows(tuple(sorted((*gone, *there), key=_urgency)))


def _urgency(row: Row) -> int:
    """What would be lost first; what stays comes last, and else it is as in the graph."""
    return _URGENT.index(row.change) if row.change in _URGENT else len(_URGENT)


class _Made:
    def __init__(self, report: Report, changed: Mapping[str, Changed], stays: str) -> None:
        self._sites, self._changed = report.view.sites, changed
        self._parts, self._stays = parts_of(report.plan, report.graph), stays

    def row(self, resource: Resource) -> Row:
        change = self._changed.get(resource.urn)
        marks = ["protected"] if resource.protect else []
        marks += ["stateful"] if change and change.stateful else []
        return Row(
            resource.name,
            kind(resource),
            resource.type,
            resource.package,
            self._sites.get(resource.urn, ""),
            self._parts[resource.urn],
            tuple(marks),
            verb_of(change) if change else self._stays,
            _edits(change),
        )

    def gone(self, changed: Changed) -> Row:
        name, token = changed.change.name, changed.type
        marks = ("stateful",) if changed.stateful else ()
        package, kind = token.partition(":")[0], token.rpartition(":")[2]
        return Row(name, kind, token, package, "", changed.change.part, marks, changed.verb)


def _edits(change: Changed | None) -> tuple[str, ...]:
    if change is None:
        return ()
    shown = [str(edit) for edit in change.edits[:_EDITS]]
    more = len(change.edits) - len(shown)
    return (*shown, f"and {more} more") if more > 0 else tuple(shown)
