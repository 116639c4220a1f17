"""Can a plan be carried out? Each site is asked, before anything is built."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from modelyard.contracts.preflight import MachineNeed, Preflight, PreflightArgs
from modelyard.engine.verify import expected
from modelyard.platform import context_of
from modelyard.program import record_plan, sites_of
from modelyard.recorder.sdk import PROVIDERS
from modelyard.sites import part

if TYPE_CHECKING:
    from modelyard.contracts.inventory import Expected
    from modelyard.plan.plan import Plan
    from modelyard.plan.serving import ModelPlan
    from modelyard.recorder import Graph


def preflights(plan: Plan, sites: Sequence[str]) -> Iterator[tuple[str, Preflight | None]]:
    """What asks each of the plan's sites; None where its kind has nothing to ask."""
    graph: Graph | None = None
    for site in sites:
        module = part(plan.blueprint.sites[site], "preflight")
        if module is None:
            yield site, None
            continue
        graph = graph or record_plan(plan)
        yield site, module.open_preflight(args_of(plan, graph, site))


def args_of(plan: Plan, graph: Graph, site: str) -> PreflightArgs:
    """What the plan would build on a site."""
    return PreflightArgs(
        site=plan.blueprint.sites[site],
        context=context_of(plan, site),
        machines=tuple(machines_of(plan, site)),
        expected=tuple(_planned(plan, graph, site)),
    )


def machines_of(plan: Plan, site: str) -> Iterator[MachineNeed]:
    """The machines that the models of a site need, by kind."""
    kinds: dict[tuple[str, str], list[ModelPlan]] = defaultdict(list)
    for model in plan.models:
        if model.site == site and model.machine:
            kinds[model.machine, model.mode if model.hosted else ""].append(model)
    for (machine, hosted), models in sorted(kinds.items()):
        yield MachineNeed(
            machine=machine,
            fewest=sum(_machines(model, model.replicas[0]) for model in models),
            most=sum(_machines(model, model.replicas[1]) for model in models),
            models=tuple(model.name for model in models),
            hosted=hosted,
        )


def _machines(model: ModelPlan, replicas: int) -> int:
    """Without accelerators a machine holds one replica."""
    return model.machines(replicas) if model.count else replicas


def _planned(plan: Plan, graph: Graph, site: str) -> Iterator[Expected]:
    """What the site is to hold, without secrets; what is read only is not planned."""
    sites = sites_of(plan, graph)
    for resource in graph:
        managed = resource.custom and not resource.external
        if managed and not resource.type.startswith(PROVIDERS) and sites.get(resource.urn) == site:
            yield expected(resource)
