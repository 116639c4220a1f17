"""Makes a diff of two sides: plans with their graphs, or what is deployed and a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.engine.parts import Parts, parts_of
from modelyard.recorder import Graph
from modelyard.review.blueprint_changes import blueprint_changes
from modelyard.review.diff import Diff
from modelyard.review.replacing import Comparison, changed
from modelyard.review.report import Report
from modelyard.review.verdict_changes import CostChange, PolicyChange

if TYPE_CHECKING:
    from modelyard.blueprint.loading.document import Document
    from modelyard.plan.plan import Plan
    from modelyard.policies.verdict import Verdict


@dataclass(frozen=True)
class Side:
    """One of the two."""

    label: str
    """A file, a revision, a stack: as the person who asked would call it."""
    graph: Graph
    plan: Plan | None = None
    """None of what is deployed, and of a blueprint that was not there yet."""
    verdict: Verdict | None = None
    deployed: bool = False
    """Whether the graph is of a state: it has values where a plan has symbols."""
    document: Document | None = None
    """The blueprint as it was written."""
    file: str = "blueprint"


def diff_of(before: Side, after: Side, notes: tuple[str, ...] = ()) -> Diff:
    """What lies between two sides. `after` has a plan."""
    assert after.plan is not None
    comparison = Comparison(before.graph, after.graph, known=not before.deployed)
    resources = changed(comparison, _parts(before, after))
    managed = sum(each.custom and not each.external for each in after.graph)
    touched = sum(each.verb != "delete" for each in resources)
    said = blueprint_changes(before.plan, after.plan) if before.plan else None
    return Diff(
        before=before.label,
        after=after.label,
        said=said,
        resources=resources,
        unchanged=managed - touched,
        cost=CostChange(before.plan.cost if before.plan else None, after.plan.cost),
        policies=PolicyChange(before.verdict, after.verdict),
        becomes=Report(after.plan, after.graph, (), after.verdict, after.document, after.file),
        notes=notes,
    )


def _parts(before: Side, after: Side) -> Parts:
    """The parts of both; what is deployed alone goes by the components it hangs under."""
    assert after.plan is not None
    now = parts_of(after.plan, after.graph)
    was = parts_of(before.plan or after.plan, before.graph)
    return Parts({**was.of, **now.of}, tuple(dict.fromkeys((*now.names, *was.names))))
