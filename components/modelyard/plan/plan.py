"""The plan: everything that can be decided before a cloud is asked, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.checks.finding import Finding
from modelyard.plan.cost import Cost, cost_of
from modelyard.plan.crossings import crossings
from modelyard.plan.fleet import on_its_way, spread
from modelyard.plan.idle import idle
from modelyard.plan.loose_ends import loose_ends
from modelyard.plan.operators import operators_of
from modelyard.plan.overflow import overflows
from modelyard.plan.placement import Placement, place
from modelyard.plan.private_services import hindrances
from modelyard.plan.residency import strays
from modelyard.plan.serving import ModelPlan, plan_models
from modelyard.plan.told import Told, idle_links, idle_ports, told
from modelyard.plan.watch import Watch, apart, unheard, watches_of
from modelyard.plan.watching import unwatched

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model
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
    fleet: str | None = None
    """The entry of the blueprint of which this site is a member."""

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
    links: tuple[Told, ...] = ()
    """What has to be configured at the ends of links that nobody makes."""
    watches: tuple[Watch, ...] = ()
    """What models are held to."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps the plan from being carried out."""
        return tuple(f for f in self.findings if f.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity == "warning")

    def model(self, name: str, site: str | None = None) -> ModelPlan:
        """The plan of that model: on a certain site, where it stands there, as it may on several.

        What trains a model may stand on a site where nothing serves it.
        """
        found = [model for model in self.models if model.name == name]
        return next((model for model in found if model.site == site), found[0])

    def watch(self, name: str) -> Watch | None:
        """What that model is held to; None where it is neither watched nor trained anew."""
        return next((watch for watch in self.watches if watch.model == name), None)

    def settings(self, model: ModelPlan) -> Model:
        """What the blueprint says of a model, in the version that stands there."""
        own = self.blueprint.model(model.name)
        if model.stands_in and (there := own.standing_in()):
            return there
        return own.rolled_out() if model.rolled_out else own


def make_plan(blueprint: Blueprint, offers: Offers, environment: str | None = None) -> Plan:
    """Decide. Findings of severity `error` say what cannot be done; nothing is raised."""
    placements, findings = place(blueprint, offers)
    models, unfit = plan_models(blueprint)
    cost = cost_of(blueprint, models, placements)
    sites = tuple(_site(blueprint, name, placements) for name in blueprint.sites)
    kept = (
        *crossings(blueprint),
        *overflows(blueprint),
        *strays(blueprint),
        *unheard(blueprint),
        *apart(blueprint),
        *hindrances(blueprint),
    )
    warnings = [
        *loose_ends(blueprint, placements, cost),
        *unwatched(blueprint, placements),
        *idle_links(blueprint, placements),
        *idle_ports(blueprint),
        *idle(blueprint, placements, {site.name: site.attached_operators for site in sites}),
    ]
    after = on_its_way(blueprint)
    rolled, misfits = plan_models(after) if after else ((), [])
    decided = Plan(
        blueprint,
        environment,
        sites,
        placements,
        models,
        cost,
        (*findings, *kept, *unfit, *_further(misfits, unfit), *warnings),
        told(blueprint, placements),
        watches_of(blueprint),
    )
    return spread(decided, rolled)


def _further(found: list[Finding], known: list[Finding]) -> list[Finding]:
    """What is said of a version on its way alone."""
    return [replace(each, path=each.path[:2]) for each in found if each not in known]


def _site(blueprint: Blueprint, name: str, placements: tuple[Placement, ...]) -> SitePlan:
    install, there = operators_of(blueprint, name, placements)
    asked = {each for p in placements if p.site == name for each in p.endpoints}
    kind = str(blueprint.sites[name].kind)
    return SitePlan(name, kind, install, there, tuple(sorted(asked)))
