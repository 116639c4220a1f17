"""Reviews one blueprint in each of its environments; runs in a process of its own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.blueprint.errors import BlueprintError, ModelyardError, Severity, one_line
from modelyard.blueprint.loading.assembling import environments
from modelyard.blueprint.loading.document import read
from modelyard.cli.ci.artifact import write_review
from modelyard.cli.ci.comparison import Base, Comparison, compared
from modelyard.cli.ci.outcome import Outcome, Section, Status
from modelyard.cli.ci.task import Task
from modelyard.review.changes import summary
from modelyard.review.diagram.mermaid import mermaid
from modelyard.review.finding import NEW, of_problem
from modelyard.review.markdown import escaped, table_text

if TYPE_CHECKING:
    from modelyard.blueprint.loading.document import Document
    from modelyard.plan.item import Monthly
    from modelyard.review.diff import Diff

_STAYS = "what is deployed of it stays until `modelyard destroy` takes it down"


def review(task: Task) -> tuple[Outcome, ...]:
    """The outcome for each environment; what does not hold is an outcome too."""
    began = time.perf_counter()
    try:
        found = tuple(_outcomes(task))
    except BlueprintError as error:
        found = (_broken(task, error),)
    except ModelyardError as error:
        found = (Outcome(task.path, None, Status.BROKEN, why=one_line(str(error))),)
    each = (time.perf_counter() - began) / len(found)
    reasons = task.touched.reasons
    return tuple(replace(outcome, reasons=reasons, seconds=each) for outcome in found)


def _outcomes(task: Task) -> Iterator[Outcome]:
    base = Base.of(task)
    if task.touched.gone:
        yield Outcome(task.path, None, Status.REMOVED, why=base.note or _STAYS)
        return
    document = read(task.path)
    now, was = _environments(task, document), _environments(task, base.document)
    for environment in now:
        comparison = compared(task, base, document, environment)
        if comparison.status is not Status.UNCHANGED:
            write_review(Path(task.folder), task.path, environment, comparison.diff)
        yield _summed(task.path, environment, comparison)
    for environment in (each for each in was if each and each not in now and now != [None]):
        yield Outcome(task.path, environment, Status.REMOVED, why=_STAYS)


def _environments(task: Task, document: Document | None) -> list[str | None]:
    """Those that there are; the blueprint as it stands where there are none."""
    names = environments(document.root) if document else ()
    if task.environment is not None:
        return [task.environment if task.environment in names else None]
    return list(names) or [None]


def _broken(task: Task, error: BlueprintError) -> Outcome:
    problems = [each for each in error.problems if each.severity is Severity.ERROR]
    lines = "\n".join(f"- {escaped(str(each))}" for each in error.problems)
    count = f"{len(problems)} error{'' if len(problems) == 1 else 's'}"
    return Outcome(
        task.path,
        None,
        Status.BROKEN,
        why=f"{count}; {one_line(problems[0].what)}",
        sections=(Section("Problems", f"#### Problems\n\n{lines}"),),
        findings=tuple(replace(of_problem(each), state=NEW) for each in error.problems),
    )


def _summed(path: str, environment: str | None, comparison: Comparison) -> Outcome:
    diff, verdict = comparison.diff, comparison.after.verdict
    assert verdict is not None
    shown = comparison.status is not Status.UNCHANGED
    return Outcome(
        path,
        environment,
        comparison.status,
        verbs=Counter(each.verb for each in diff.resources),
        changes=summary([each.change for each in diff.resources]),
        lost=len(diff.lost),
        unknown=len(diff.unknown),
        cost=_cost(*diff.cost.totals),
        new_blocking=sum(each.blocks for each in diff.policies.failed),
        new_broken=len(diff.policies.failed),
        blocking=sum(each.blocks for each in verdict.failed),
        broken=len(verdict.failed),
        sections=tuple(_sections(diff)) if shown else (),
        notes=diff.notes,
        findings=comparison.findings,
        asked=tuple(diff.asked),
    )


def _cost(
    old: Monthly | None, new: Monthly | None
) -> tuple[tuple[float, float] | None, tuple[float, float]] | None:
    if new is None:
        return None
    return (old.minimum, old.maximum) if old else None, (new.minimum, new.maximum)


def _sections(diff: Diff) -> Iterator[Section]:
    """A title in a comment is two levels further down."""
    for table in diff.tables():
        if table.rows:
            yield Section(table.title, f"##{table_text(table)}")
    yield Section("Platform", f"#### Platform\n\n```mermaid\n{mermaid(diff.diagram)}```")
