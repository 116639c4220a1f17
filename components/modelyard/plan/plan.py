"""The plan: everything that can be decided before a cloud is asked, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.checks.finding import Finding
from modelyard.blueprint.site import ClusterSite
from modelyard.plan.capability import Capability
from modelyard.plan.cost import Cost, cost_of
from modelyard.plan.crossings import crossings
from modelyard.plan.facilities import sensitive
from modelyard.plan.operators import operators_of
from modelyard.plan.placement import Placement, place
from modelyard.plan.serving import ModelPlan, plan_models

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
    warnings = [*_budget(blueprint, cost), *_openness(blueprint, placements)]
    return Plan(
        blueprint,
        environment,
        tuple(_site(blueprint, name, placements) for name in blueprint.sites),
        placements,
        models,
        cost,
        (*findings, *crossings(blueprint), *unfit, *warnings),
    )


def _site(blueprint: Blueprint, name: str, placements: tuple[Placement, ...]) -> SitePlan:
    install, there = operators_of(blueprint, name, placements)
    return SitePlan(name, str(blueprint.sites[name].kind), install, there)


def _budget(blueprint: Blueprint, cost: Cost) -> list[Finding]:
    if blueprint.budget is None or cost.monthly.maximum <= blueprint.budget.monthly_usd:
        return []
    limit, monthly = blueprint.budget.monthly_usd, cost.monthly
    exceeded = "even at its smallest" if monthly.minimum > limit else "at its largest"
    spent = monthly.minimum if monthly.minimum > limit else monthly.maximum
    what = f"the platform costs ${spent:,.0f} a month {exceeded}; the budget is ${limit:,.0f}"
    next = "lower max replicas, quantize, or raise the budget"
    return [Finding(("budget", "monthly_usd"), what, next, severity="warning")]


def _openness(blueprint: Blueprint, placements: tuple[Placement, ...]) -> list[Finding]:
    """What is looser than it could be, said aloud."""
    secured = {p.site for p in placements if p.capability is Capability.KEYS}
    findings: list[Finding] = []
    for name, site in blueprint.sites.items():
        if not isinstance(site, ClusterSite):
            continue
        if name not in secured and any(p.site == name for p in placements):
            what = f"traffic inside site '{name}' is kept apart but not encrypted"
            next = "set `keys: {engine: cert-manager}`"
            findings.append(Finding(("sites", name, "keys"), what, next, severity="warning"))
        if sensitive(blueprint) and site.keys.at_rest is None:
            what = f"nothing says how volumes and etcd of site '{name}' are encrypted at rest"
            next = "set `keys: {at_rest: …}` to who encrypts them and how"
            findings.append(Finding(("sites", name, "keys"), what, next, severity="warning"))
        if sensitive(blueprint) and site.audit.attach is None:
            what = f"nothing says where the audit log of site '{name}' is kept"
            next = "set `audit: {attach: {location: …}}`"
            findings.append(Finding(("sites", name, "audit"), what, next, severity="warning"))
        if blueprint.data.residency:
            what = f"a cluster does not tell its region: residency on '{name}' is yours to assure"
            next = "keep only sites in " + ", ".join(blueprint.data.residency)
            findings.append(Finding(("data", "residency"), what, next, severity="warning"))
    return findings
