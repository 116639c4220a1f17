"""The plan: everything that can be decided before a cloud is asked, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.checks.finding import Finding
from modelyard.plan.cost import Cost, cost_of
from modelyard.plan.crossings import crossings
from modelyard.plan.idle import idle
from modelyard.plan.loose_ends import loose_ends
from modelyard.plan.operators import operators_of
from modelyard.plan.placement import Placement, place
from modelyard.plan.serving import ModelPlan, plan_models
from modelyard.plan.watching import unwatched

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.plan.offers import Offers


@dataclass(frozen=True)
class SitePlan:
    """What stands on one site."""

    name: str
    kind: str
    operators: tuple[str, ...]
    """Operators to install, each after what it needs."""
    attached_operators: tuple[str, ...]
    """Operators that are there already."""
    endpoints: tuple[str, ...] = ()
    """The cloud's services that its parts ask from inside the network."""

    def json(self) -> Mapping[str, Any]:
        return vars(self)


@dataclass(frozen=True)
class Plan:
    """A blueprint with every decision made. Plain values; the same blueprint, the same plan."""

    blueprint: Blueprint
    environment: str | None
    sites: tuple[SitePlan, ...]
    capabilities: tuple[Placement, ...]
    """Each after what it needs."""
    models: tuple[ModelPlan, ...]
    cost: Cost
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps the plan from being carried out."""
        return tuple(f for f in self.findings if f.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity == "warning")

    def model(self, name: str) -> ModelPlan:
        """The plan of that model; StopIteration never: every model of the blueprint has one."""
        return next(model for model in self.models if model.name == name)


def make_plan(blueprint: Blueprint, offers: Offers, environment: str | None = None) -> Plan:
    """Decide. Findings of severity `error` say what cannot be done; nothing is raised."""
    placements, findings = place(blueprint, offers)
    models, unfit = plan_models(blueprint)
    cost = cost_of(blueprint, models, placements)
    sites = tuple(_site(blueprint, name, placements) for name in blueprint.sites)
    warnings = [
        *loose_ends(blueprint, placements, cost),
        *unwatched(blueprint, placements),
        *idle(blueprint, placements, {site.name: site.attached_operators for site in sites}),
    ]
    return Plan(
        blueprint,
        environment,
        sites,
        placements,
        models,
        cost,
        (*findings, *crossings(blueprint), *unfit, *warnings),
    )


def _site(blueprint: Blueprint, name: str, placements: tuple[Placement, ...]) -> SitePlan:
    install, there = operators_of(blueprint, name, placements)
    asked = {each for p in placements if p.site == name for each in p.endpoints}
    kind = str(blueprint.sites[name].kind)
    return SitePlan(name, kind, install, there, tuple(sorted(asked)))
