"""Reviews one blueprint in each of its environments; runs in a process of its own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.blueprint.errors import BlueprintError, ModelyardError, Severity, one_line
from modelyard.blueprint.loading.assembling import environments
from modelyard.blueprint.loading.document import read
from modelyard.cli.ci.annotation import Annotation, Level
from modelyard.cli.ci.lines import Lines
from modelyard.cli.ci.outcome import Outcome, Section, Status
from modelyard.cli.ci.touched import Touched
from modelyard.cli.revision import Repository
from modelyard.cli.sides import Asked
from modelyard.program import Planned, plan_document
from modelyard.recorder import Graph
from modelyard.review.changes import summary
from modelyard.review.comparing import Side, diff_of
from modelyard.review.policies import named

if TYPE_CHECKING:
    from modelyard.blueprint.errors import Problem
    from modelyard.blueprint.loading.document import Document
    from modelyard.policies.settings import Settings
    from modelyard.policies.verdict import Broken
    from modelyard.review.diff import Diff

BLUEPRINT_RULE = "blueprint"
LOST_RULE = "lost-data"


@dataclass(frozen=True)
class Task:
    """One blueprint, with all that its review needs to know."""

    touched: Touched
    root: str
    """Of the repository, where the process stands."""
    base: str
    start: str
    """The base in words."""
    environment: str | None
    policies: str | None
    policies_changed: bool
    folder: str
    """Of the report."""


def review(task: Task) -> tuple[Outcome, ...]:
    """The outcome for each environment; what does not hold is an outcome too."""
    began = time.perf_counter()
    try:
        found = tuple(_outcomes(task))
    except BlueprintError as error:
        found = (_broken(task, error.problems),)
    except ModelyardError as error:
        found = (Outcome(task.touched.path, None, Status.BROKEN, why=one_line(str(error))),)
    each = (time.perf_counter() - began) / len(found)
    reasons = task.touched.reasons
    return tuple(replace(outcome, reasons=reasons, seconds=each) for outcome in found)


def _outcomes(task: Task) -> Iterator[Outcome]:
    base = _Base.of(task)
    if task.touched.gone:
        yield _removed(task, base)
        return
    document = read(task.touched.path)
    now, was = _environments(task, document), _environments(task, base.document)
    for environment in now:
        yield _Review(task, base, document, environment).outcome()
    for environment in was:
        if environment not in now and environment is not None and now != [None]:
            yield Outcome(task.touched.path, environment, Status.REMOVED, why=_STAYS)


def _environments(task: Task, document: Document | None) -> list[str | None]:
    """Those that there are; the blueprint as it stands where there are none."""
    names = environments(document.root) if document else ()
    if task.environment in (None, *names):
        return [task.environment] if task.environment else list(names) or [None]
    return [None]


@dataclass(frozen=True)
class _Base:
    """The blueprint where the change starts from."""

    document: Document | None
    note: str = ""

    @classmethod
    def of(cls, task: Task) -> _Base:
        if task.touched.was is None:
            return cls(None)
        repository = Repository(Path(task.root), task.touched.was)
        label = f"{task.touched.was}@{task.start}"
        try:
            return cls(repository.document(task.base, label))
        except ModelyardError:
            return cls(None, _DID_NOT_HOLD)


_STAYS = "what is deployed of it stays until `modelyard destroy` takes it down"
_DID_NOT_HOLD = "it did not hold before, so everything is shown as new"
_JUDGED_TODAY = "the policies of before did not hold, so both sides are judged by today's"


@dataclass(frozen=True)
class _Review:
    """One blueprint in one environment, before and after."""

    task: Task
    base: _Base
    document: Document
    environment: str | None

    def outcome(self) -> Outcome:
        path = self.task.touched.path
        planned = plan_document(self.document, self.environment)
        after = self._asked.side(Path(path), planned, path)
        before, old, notes = self._before(after, planned)
        notes += self._loosened(after, planned)
        diff = diff_of(before, after, notes)
        status = self._status(diff, before, after, old)
        if status is not Status.UNCHANGED:
            self._write(diff)
        outcome = _summed(path, self.environment, status, diff, after)
        return replace(outcome, annotations=tuple(_annotations(diff, after, planned, old, path)))

    @property
    def _asked(self) -> Asked:
        given = self.task.policies
        return Asked(self.environment, Path(given) if given else None)

    def _before(
        self, after: Side, planned: Planned
    ) -> tuple[Side, Planned | None, tuple[str, ...]]:
        was, label = self.base.document, f"{self.task.touched.was}@{self.task.start}"
        notes = (self.base.note,) if self.base.note else ()
        nothing = Side(f"{label}, where it is not there", _nothing(after.graph)), None, notes
        if was is None or self.environment not in (None, *environments(was.root)):
            return nothing
        try:
            same = was.data == self.document.data
            old = planned if same else plan_document(was, self.environment)
        except BlueprintError:
            return (*nothing[:2], (_DID_NOT_HOLD,))
        side = replace(after, label=label) if old is planned else self._planned_before(old, after)
        if not self.task.policies_changed:
            return side, old, notes
        return self._judged_before(side, old, notes)

    def _planned_before(self, old: Planned, after: Side) -> Side:
        label = f"{self.task.touched.was}@{self.task.start}"
        return self._asked.side(Path(self.task.touched.path), old, label, after.graph.stack)

    def _judged_before(
        self, side: Side, old: Planned, notes: tuple[str, ...]
    ) -> tuple[Side, Planned, tuple[str, ...]]:
        """By what the organisation said then."""
        from modelyard.policies.verdict import judge

        try:
            return replace(side, verdict=judge(side.graph, self._settings(old))), old, notes
        except ModelyardError:
            return side, old, (*notes, _JUDGED_TODAY)

    def _settings(self, planned: Planned) -> Settings:
        from modelyard.cli.ci.base_settings import settings_at

        task = self.task
        repository = Repository(Path(task.root), task.touched.was or task.touched.path)
        return settings_at(repository, task.base, planned, task.policies)

    def _loosened(self, after: Side, planned: Planned) -> tuple[str, ...]:
        """What was mandatory and is no longer, of what is broken."""
        if not self.task.policies_changed:
            return ()
        from modelyard.policies.verdict import judge
        from modelyard.review.verdict_changes import PolicyChange

        try:
            strict = judge(after.graph, self._settings(planned))
        except ModelyardError:
            return ()
        let = {b.rule.id for b in PolicyChange(strict, after.verdict).passed if b.blocks}
        names = ", ".join(sorted(let))
        return (f"this change loosens policies that are broken here: {names}",) if let else ()

    def _status(self, diff: Diff, before: Side, after: Side, old: Planned | None) -> Status:
        if old is None:
            return Status.NEW
        cost, policies = diff.cost, diff.policies
        same = before.graph.hash == after.graph.hash and cost.totals[0] == cost.totals[1]
        silent = not (diff.said or policies.failed or policies.passed or diff.notes)
        return Status.UNCHANGED if same and silent else Status.CHANGED

    def _write(self, diff: Diff) -> None:
        from modelyard.cli.ci.artifact import write_review

        write_review(Path(self.task.folder), self.task.touched.path, self.environment, diff)


def _nothing(like: Graph) -> Graph:
    return Graph(like.project, like.stack, ())


def _removed(task: Task, base: _Base) -> Outcome:
    return Outcome(task.touched.path, None, Status.REMOVED, why=base.note or _STAYS)


def _broken(task: Task, problems: Iterable[Problem]) -> Outcome:
    path, problems = task.touched.path, tuple(problems)
    errors = [each for each in problems if each.severity is Severity.ERROR]
    lines = "\n".join(f"- {_escaped(str(each))}" for each in problems)
    count = f"{len(errors)} error{'' if len(errors) == 1 else 's'}"
    return Outcome(
        path,
        None,
        Status.BROKEN,
        why=f"{count}; {one_line(errors[0].what)}",
        sections=(Section("Problems", f"#### Problems\n\n{lines}"),),
        annotations=tuple(_of_problem(each, path) for each in problems),
    )


def _escaped(text: str) -> str:
    from modelyard.review.markdown import escaped

    return escaped(text)


def _of_problem(problem: Problem, path: str) -> Annotation:
    line, column = _place(problem, path)
    level = Level.ERROR if problem.severity is Severity.ERROR else Level.WARNING
    text = one_line(": ".join(part for part in (problem.path, problem.what) if part))
    then = f". Next: {one_line(problem.next)}" if problem.next else ""
    return Annotation(path, line, column, level, BLUEPRINT_RULE, f"{text}{then}")


def _place(problem: Problem, path: str) -> tuple[int, int]:
    """A preset's lines are in no file of the repository."""
    where = problem.where
    return (where.line, where.column) if where and where.file == path else (1, 1)


def _summed(path: str, environment: str | None, status: Status, diff: Diff, after: Side) -> Outcome:
    old, new = diff.cost.totals
    assert after.verdict is not None
    return Outcome(
        path,
        environment,
        status,
        verbs=Counter(each.verb for each in diff.resources),
        changes=summary([each.change for each in diff.resources]),
        lost=len(diff.lost),
        cost=((old.minimum, old.maximum) if old else None, (new.minimum, new.maximum))
        if new
        else None,
        new_blocking=sum(each.blocks for each in diff.policies.failed),
        new_broken=len(diff.policies.failed),
        blocking=sum(each.blocks for each in after.verdict.failed),
        broken=len(after.verdict.failed),
        sections=tuple(_sections(diff)) if status is not Status.UNCHANGED else (),
        notes=diff.notes,
    )


def _sections(diff: Diff) -> Iterator[Section]:
    from modelyard.review.markdown import table_text

    for table in diff.tables():
        yield Section(table.title, f"##{table_text(table)}")


def _annotations(
    diff: Diff, after: Side, planned: Planned, old: Planned | None, path: str
) -> Iterator[Annotation]:
    """What comes with the change: warnings, policies that newly fail, and data that are lost."""
    known = {(each.path, each.what) for each in old.warnings} if old else set()
    for problem in planned.warnings:
        if (problem.path, problem.what) not in known:
            yield _of_problem(problem, path)
    lines = Lines(planned, after.graph, path)
    for place, group in _together(diff.policies.failed, lines).items():
        yield _of_policy(path, place[0], group)
    for lost in diff.lost:
        said = f"{lost.change.kind} {lost.change.name} keeps data and its change is: {lost.verb}"
        at = lines.of(lost.change.urn)
        yield Annotation(path, *at, Level.ERROR, LOST_RULE, one_line(said))


def _together(
    failed: Iterable[Broken], lines: Lines
) -> Mapping[tuple[tuple[int, int], str, bool], list[Broken]]:
    """What breaks the same rule at the same line is said once."""
    groups: dict[tuple[tuple[int, int], str, bool], list[Broken]] = {}
    for each in failed:
        key = (lines.of(each.resource.urn), each.rule.id, each.blocks)
        groups.setdefault(key, []).append(each)
    return groups


def _of_policy(path: str, place: tuple[int, int], group: Sequence[Broken]) -> Annotation:
    first = group[0]
    where = named([each.resource.name for each in group])
    said = f"{where}: {first.what[0]}. Next: {first.rule.fix}"
    level = Level.ERROR if first.blocks else Level.WARNING
    return Annotation(path, *place, level, first.rule.id, one_line(said))
