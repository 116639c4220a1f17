"""A blueprint in one environment, before and after a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.blueprint.errors import BlueprintError, ModelyardError
from modelyard.blueprint.loading.assembling import environments
from modelyard.cli.ci.base_settings import settings_at
from modelyard.cli.ci.old_code import recorded_before
from modelyard.cli.ci.outcome import Status
from modelyard.cli.ci.task import Task
from modelyard.cli.sides import Asked
from modelyard.policies.verdict import judge
from modelyard.program import Planned, plan_document
from modelyard.recorder import Graph
from modelyard.review.comparing import Side, diff_of
from modelyard.review.finding import NEW, Finding, of_problem
from modelyard.review.verdict_changes import PolicyChange

if TYPE_CHECKING:
    from modelyard.blueprint.loading.document import Document
    from modelyard.policies.settings import Settings
    from modelyard.review.diff import Diff

BY_OLD_CODE = (
    "what there was is by the code of before; words, prices and rules are by that of this change"
)
DID_NOT_HOLD = "it did not hold before, so everything is shown as new"
_JUDGED_TODAY = "the policies of before did not hold, so both sides are judged by today's"


@dataclass(frozen=True)
class Base:
    """The blueprint where the change starts from; without a document there was none."""

    document: Document | None
    note: str = ""
    graphs: Mapping[str | None, Graph] = field(default_factory=dict)
    """By environment, as the code of before records it; empty where the code is the same."""

    @classmethod
    def of(cls, task: Task) -> Base:
        if task.touched.was is None:
            return cls(None)
        try:
            document = task.before.document(task.base, task.label_before)
        except ModelyardError:
            return cls(None, DID_NOT_HOLD)
        if document is None or task.code is None:
            return cls(document)
        try:
            return cls(document, BY_OLD_CODE, recorded_before(task, document))
        except ModelyardError as error:
            return cls(document, f"the code of before is not compared: {error}")


@dataclass(frozen=True)
class Comparison:
    """What came of it."""

    diff: Diff
    before: Side
    after: Side
    findings: tuple[Finding, ...]
    """Of the blueprint after the change; what comes with it is marked as new."""
    known: bool
    """Whether there was anything to compare with."""

    @property
    def said(self) -> bool:
        """Whether there is something to say that is not so of every change of the code."""
        return any(note != BY_OLD_CODE for note in self.diff.notes)

    @property
    def status(self) -> Status:
        if not self.known:
            return Status.NEW
        diff = self.diff
        old, new = diff.cost.totals
        same = self.before.graph.hash == self.after.graph.hash and old == new
        silent = not (diff.said or diff.policies.failed or diff.policies.passed or self.said)
        return Status.UNCHANGED if same and silent else Status.CHANGED


def compared(task: Task, base: Base, document: Document, environment: str | None) -> Comparison:
    """Compare the two. What is the same on both sides is planned once.

    Raises BlueprintError for a blueprint that does not hold after the change.
    """
    planned = plan_document(document, environment)
    pair = _Pair(task, base, document, environment)
    after = pair.asked.side(Path(task.path), planned, task.path)
    if environment in base.graphs:
        after = replace(after, graph=Graph.from_json(after.graph.to_json()))
    before, old, notes = pair.before(after, planned)
    diff = diff_of(before, after, (*notes, *pair.loosened(after, planned)))
    findings = (*diff.findings, *_warnings(planned, old))
    return Comparison(diff, before, after, findings, old is not None)


@dataclass(frozen=True)
class _Pair:
    task: Task
    base: Base
    document: Document
    environment: str | None

    @property
    def asked(self) -> Asked:
        given = self.task.policies
        return Asked(self.environment, Path(given) if given else None)

    def before(self, after: Side, planned: Planned) -> tuple[Side, Planned | None, list[str]]:
        """The side before, its plan, and what there is to say of it."""
        notes = [self.base.note] if self.base.note else []
        try:
            old = self._planned_before(planned)
        except BlueprintError:
            old, notes = None, [DID_NOT_HOLD]
        if old is None:
            label = f"{self.task.label_before}, where it is not there"
            return Side(label, Graph(after.graph.project, after.graph.stack, ())), None, notes
        side = self._side_before(old, planned, after)
        if self.task.policies_changed:
            side, more = self._judged_before(side, old)
            notes += more
        return side, old, notes

    def _planned_before(self, planned: Planned) -> Planned | None:
        was = self.base.document
        if was is None or self.environment not in (None, *environments(was.root)):
            return None
        same = was.data == self.document.data
        return planned if same else plan_document(was, self.environment)

    def _side_before(self, old: Planned, planned: Planned, after: Side) -> Side:
        if graph := self.base.graphs.get(self.environment):
            verdict = judge(graph, self.asked.settings(Path(self.task.path), old))
            return Side(self.task.label_before, graph, old.plan, verdict)
        if old.plan == planned.plan:
            return replace(after, label=self.task.label_before)
        path, label = Path(self.task.path), self.task.label_before
        return self.asked.side(path, old, label, after.graph.stack)

    def _judged_before(self, side: Side, old: Planned) -> tuple[Side, list[str]]:
        """By what the organisation said then."""
        try:
            return replace(side, verdict=judge(side.graph, self._settings(old))), []
        except ModelyardError:
            return side, [_JUDGED_TODAY]

    def loosened(self, after: Side, planned: Planned) -> list[str]:
        """What was mandatory and is no longer, of what is broken."""
        if not self.task.policies_changed:
            return []
        try:
            strict = judge(after.graph, self._settings(planned))
        except ModelyardError:
            return []
        let = {b.rule.id for b in PolicyChange(strict, after.verdict).passed if b.blocks}
        names = ", ".join(sorted(let))
        return [f"this change loosens policies that are broken here: {names}"] if let else []

    def _settings(self, planned: Planned) -> Settings:
        return settings_at(self.task.before, self.task.base, planned, self.task.policies)


def _warnings(planned: Planned, old: Planned | None) -> list[Finding]:
    """Of the blueprint; those that were there before have no state."""
    known = {(each.path, each.what) for each in old.warnings} if old else set()
    return [
        replace(of_problem(each), state=None if (each.path, each.what) in known else NEW)
        for each in planned.warnings
    ]
