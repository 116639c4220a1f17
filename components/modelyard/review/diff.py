"""A diff: what a change to a blueprint changes, for a person and for a machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import one_line
from modelyard.review import changes as previews
from modelyard.review import policies
from modelyard.review.finding import NEW, UNCHANGED, Finding, of_loss
from modelyard.review.first_look import facts_of_diff
from modelyard.review.replacing import Replacement
from modelyard.review.table import Table

if TYPE_CHECKING:
    from modelyard.plan.item import Monthly
    from modelyard.policies.verdict import Broken
    from modelyard.review.blueprint_changes import Said
    from modelyard.review.diagram.diagram import Diagram
    from modelyard.review.edits import Edit
    from modelyard.review.fact import Fact
    from modelyard.review.replacing import Changed
    from modelyard.review.report import Report
    from modelyard.review.verdict_changes import CostChange, PolicyChange

_EDITS = 6
"""Properties of one resource that are shown with both values; the JSON has all of them."""
_RESOURCES = 40
"""Resources that change without losing anything; the JSON has all of them."""
_OPEN = (Replacement.UNKNOWN, Replacement.DEPENDS)
_DOUBT = {
    Replacement.UNKNOWN: "may be replaced: not known",
    Replacement.DEPENDS: "may be replaced: the values decide",
}


@dataclass(frozen=True)
class Diff:
    """Two states of a platform and what lies between them."""

    before: str
    """What is compared: a file, a revision, a stack."""
    after: str
    said: tuple[Said, ...] | None
    """None where there is no blueprint to compare with."""
    resources: tuple[Changed, ...]
    unchanged: int
    cost: CostChange
    policies: PolicyChange
    becomes: Report
    """What it is after the change, as `plan` has it."""
    notes: tuple[str, ...] = ()

    command = "diff"

    @property
    def heading(self) -> str:
        return f"Change of {self.title}"

    @property
    def title(self) -> str:
        return self.becomes.title

    @property
    def comparing(self) -> str:
        """What is compared with what, on one line."""
        return one_line(f"from {self.before} to {self.after}")

    @property
    def lost(self) -> tuple[Changed, ...]:
        """What keeps data and would be replaced or deleted."""
        return tuple(each for each in self.resources if each.lost)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What would be lost; then what is wrong after the change, new or known before."""
        new = {(each.rule.id, each.resource.urn) for each in self.policies.failed}
        lost = (of_loss(each, self.becomes.place(each.change.urn)) for each in self.lost)
        known = (self._compared(each, new) for each in self.becomes.findings)
        return (*lost, *known)

    def _compared(self, finding: Finding, new: set[tuple[str, str]]) -> Finding:
        is_new = (finding.subject, finding.urn) in new
        return replace(finding, state=NEW if is_new else UNCHANGED)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What a reader is told first."""
        return facts_of_diff(self)

    @property
    def remarks(self) -> tuple[str, ...]:
        """The notes."""
        return self.notes

    @property
    def asked(self) -> Mapping[str, int]:
        """The rules that looked at something, with how many resources keep each."""
        return self.becomes.asked

    @property
    def diagram(self) -> Diagram:
        """What it is after the change."""
        return self.becomes.diagram

    def json(self) -> Mapping[str, Any]:
        """For machines; the keys are a contract."""
        said = None if self.said is None else [each.json() for each in self.said]
        return {
            "before": self.before,
            "after": self.after,
            "blueprint": said,
            "resources": [each.json() for each in self.resources],
            "unchanged": self.unchanged,
            "lost": [each.change.urn for each in self.lost],
            "cost": self.cost.json(),
            "policies": {
                "blocks": self.policies.blocks,
                "failed": [policies.broken_json(each) for each in self.policies.failed],
                "passed": [policies.broken_json(each) for each in self.policies.passed],
            },
            "notes": list(self.notes),
        }

    def tables(self, *, full: bool = False) -> Iterator[Table]:
        """For people: what is lost before everything else. Nothing in them leaves its line."""
        for table in self._tables():
            rows = tuple(tuple(map(one_line, row)) for row in table.rows)
            yield replace(table, rows=rows, note=one_line(table.note))

    def _tables(self) -> Iterator[Table]:
        if self.lost or self.doubtful:
            yield self._stateful()
        if self.said is not None:
            rows = tuple((said.topic, str(said)) for said in self.said)
            note = "" if rows else "the blueprint says the same"
            yield Table("Blueprint", ("about", "change"), rows, note)
        yield from self._counts()
        yield from self._one_by_one()
        yield from (_cost(self.cost), *_policies(self.policies))

    @property
    def doubtful(self) -> tuple[Changed, ...]:
        """What keeps data and may be replaced, or is to be of something else than it is."""
        return tuple(
            each
            for each in self.resources
            if each.stateful and not each.lost and (each.replacement in _OPEN or each.carried)
        )

    def _stateful(self) -> Table:
        rows = tuple((_verb(each), _told(each)) for each in (*self.lost, *self.doubtful))
        protected = sum(each.change.protected for each in self.lost)
        note = f"{len(self.lost)} would lose what they hold" if self.lost else ""
        note += f"; {protected} are protected: the engine will refuse" if protected else ""
        return Table("What keeps data", ("change", "resource, why, and what depends"), rows, note)

    def _one_by_one(self) -> Iterator[Table]:
        """What changes of itself; what changes with something else is counted."""
        shown = {id(each) for each in (*self.lost, *self.doubtful)}
        rest = [e for e in self.resources if id(e) not in shown and e.verb != "create"]
        if listed := [each for each in rest if each.edits or each.verb == "delete"]:
            rows = tuple((_verb(each), _told(each)) for each in listed[:_RESOURCES])
            more = len(listed) - len(rows)
            note = f"and {more} more, which --format json has" if more else ""
            yield Table("Resources", ("change", "resource and properties"), rows, note)
        if carried := [e for e in rest if not e.edits and e.verb != "delete"]:
            yield _with_others(carried)

    def _counts(self) -> Iterator[Table]:
        first, *_ = previews.tables([each.change for each in self.resources], self.unchanged)
        yield first


def verb_of(each: Changed) -> str:
    """What becomes of a resource, as far as that is known."""
    return "update or replace" if each.replacement in _OPEN else each.verb


def _verb(each: Changed) -> str:
    marks = [verb_of(each)]
    marks += ["protected"] if each.change.protected else ["stateful"] if each.stateful else []
    return ", ".join(marks)


def _told(each: Changed) -> str:
    parts = [f"{each.change.kind} {each.change.name}"]
    if each.because:
        parts.append(f"only a new one can have another {', '.join(each.because)}")
    if each.carried:
        parts.append(f"{_of(each)}, replaced before it")
    if each.replacement and each.replacement in _DOUBT:
        parts.append(_DOUBT[each.replacement])
    if each.edits:
        parts.append("; ".join(_shown(each)))
    if each.blast and (each.stateful or each.verb == "replace"):
        parts.append(str(each.blast))
    return "; ".join(parts)


def _of(each: Changed) -> str:
    """`subnetIds is of vpc-a and vpc-b`."""
    by_property: dict[str, list[str]] = {}
    for carried in each.carried:
        by_property.setdefault(carried.property, []).append(carried.of)
    return "; ".join(f"{key} is of {policies.named(of)}" for key, of in by_property.items())


def _with_others(carried: list[Changed]) -> Table:
    """What changes only because something that it is made of is replaced."""
    groups: dict[tuple[str, str], list[str]] = {}
    for each in carried:
        groups.setdefault((_verb(each), each.change.kind), []).append(each.change.name)
    rows = tuple(
        (verb, str(len(names)), f"{kind} {policies.named(names)}")
        for (verb, kind), names in groups.items()
    )
    columns = ("change", "count", "kind and which")
    return Table("Along with what they are made of", columns, rows, numbers=(1,))


def _shown(each: Changed) -> Iterator[str]:
    """What replaces it comes first."""
    ordered = sorted(each.edits, key=lambda edit: not _asks(edit, each))
    yield from (str(edit) for edit in ordered[:_EDITS])
    if len(ordered) > _EDITS:
        yield f"and {len(ordered) - _EDITS} more"


def _asks(edit: Edit, each: Changed) -> bool:
    return any(f"{edit.known_as}.".startswith(f"{asked}.") for asked in each.because)


def _cost(cost: CostChange) -> Table:
    columns = ("US dollars a month", "before", "after", "by")
    rows = [(of, _span(was), _span(now), _by(was, now)) for of, was, now in cost.lines()]
    old, new = cost.totals
    rows.append(("total of what has a price", _span(old), _span(new), _by(old, new)))
    note = f"new, without a price: {'; '.join(cost.unpriced)}" if cost.unpriced else ""
    return Table("Cost", columns, tuple(rows), note, numbers=(1, 2, 3), wrap=0)


def _span(monthly: Monthly | None) -> str:
    if monthly is None:
        return "-"
    low, high = f"{monthly.minimum:,.2f}", f"{monthly.maximum:,.2f}"
    return low if low == high else f"{low} to {high}"


def _by(before: Monthly | None, after: Monthly | None) -> str:
    if before is None or after is None:
        return ""
    low, high = after.minimum - before.minimum, after.maximum - before.maximum
    texts = [f"{value:+,.2f}" if abs(value) >= 0.005 else "0" for value in (low, high)]
    return texts[0] if texts[0] == texts[1] else " to ".join(texts)


def _policies(change: PolicyChange) -> Iterator[Table]:
    rows = [*_rows("fails", change.failed), *_rows("passes", change.passed)]
    blocking = sum(broken.blocks for broken in change.failed)
    note = f"{blocking} of them mandatory and newly broken" if blocking else ""
    if rows:
        columns = ("newly", "rule", "level, where and what")
        yield Table("Policies", columns, tuple(rows), note)


def _rows(newly: str, broken: tuple[Broken, ...]) -> Iterator[tuple[str, str, str]]:
    for group in policies.by_rule(broken):
        first = group[0]
        where = policies.named([each.resource.name for each in group])
        then = f". Next: {first.rule.fix}" if newly == "fails" else ""
        said = f"{first.held.level}: {where}: {first.what[0]}{then}"
        yield newly, first.rule.id, said
