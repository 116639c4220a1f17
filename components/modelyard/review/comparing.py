"""Makes a diff of two sides: plans with their graphs, or what is deployed and a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.engine.parts import Parts, parts_of
from modelyard.plan.capability import Capability
from modelyard.recorder import Graph
from modelyard.review.blueprint_changes import blueprint_changes
from modelyard.review.diff import Diff
from modelyard.review.replacing import Comparison, changed
from modelyard.review.report import Report
from modelyard.review.shifts.shift import CONTROLS
from modelyard.review.shifts.shifts import Shifts, control_shifts, shifts_between
from modelyard.review.verdict_changes import CostChange, PolicyChange
from modelyard.review.view import View

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
        shifts=_shifts(before, after),
        notes=(*renamed(before.graph, after.plan), *notes),
    )


def _shifts(before: Side, after: Side) -> Shifts:
    """What a state holds has values where a plan has names: of it, only controls compare."""
    assert after.plan is not None
    chosen = [str(each) for each in after.plan.blueprint.compliance]
    were = [str(each) for each in (before.plan or after.plan).blueprint.compliance]
    held = control_shifts(were, chosen, before.verdict, after.verdict)
    if before.deployed:
        return Shifts({CONTROLS: held})
    old = View(before.plan, before.graph) if before.plan else None
    return Shifts({**shifts_between(old, View(after.plan, after.graph)), CONTROLS: held})


def renamed(before: Graph, plan: Plan) -> Iterator[str]:
    """Sites that had their own names in those of their parts, and would not have them any more.

    Pulumi takes parts for the same that are called the same: those of a site that comes first now
    for those of the one that was first before.
    """
    names = {resource.name for resource in before if not resource.custom}
    for site in plan.blueprint.sites:
        part = f"{plan.blueprint.name}-{site}-{Capability.CLUSTER}"
        if not plan.blueprint.is_named(site) and part in names:
            yield (
                f"'{site}' comes first now: its parts would be called as those of the site before "
                f"it are, and taken for them. Next: set `named: true` of '{site}', or leave the "
                "first site where it was"
            )


def _parts(before: Side, after: Side) -> Parts:
    """The parts of both; what is deployed alone goes by the components it hangs under."""
    assert after.plan is not None
    now = parts_of(after.plan, after.graph)
    was = parts_of(before.plan or after.plan, before.graph)
    return Parts({**was.of, **now.of}, tuple(dict.fromkeys((*now.names, *was.names))))
