"""What a plan leaves open, said aloud: a budget exceeded, a site looser than it could be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding
from modelyard.blueprint.site import ClusterSite
from modelyard.plan.capability import Capability
from modelyard.plan.facilities import sensitive

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.plan.cost import Cost
    from modelyard.plan.placement import Placement


def loose_ends(
    blueprint: Blueprint, placements: tuple[Placement, ...], cost: Cost
) -> Iterator[Finding]:
    """Warnings; none of them keeps a plan from being carried out."""
    yield from _budget(blueprint, cost)
    secured = {p.site for p in placements if p.capability is Capability.KEYS}
    for name, site in blueprint.sites.items():
        if name not in secured:
            yield _unencrypted(name)
        if isinstance(site, ClusterSite):
            if sensitive(blueprint):
                yield from _undocumented(name, site)
            if blueprint.data.residency:
                yield _region_unknown(blueprint, name)


def _budget(blueprint: Blueprint, cost: Cost) -> Iterator[Finding]:
    if blueprint.budget is None or cost.monthly.maximum <= blueprint.budget.monthly_usd:
        return
    limit, monthly = blueprint.budget.monthly_usd, cost.monthly
    exceeded = "even at its smallest" if monthly.minimum > limit else "at its largest"
    spent = monthly.minimum if monthly.minimum > limit else monthly.maximum
    what = f"the platform costs ${spent:,.0f} a month {exceeded}; the budget is ${limit:,.0f}"
    next = "lower max replicas, quantize, or raise the budget"
    yield Finding(("budget", "monthly_usd"), what, next, severity="warning")


def _unencrypted(site: str) -> Finding:
    what = f"traffic inside site '{site}' is kept apart but not encrypted"
    next = "set `keys: {engine: cert-manager}`"
    return Finding(("sites", site, "keys"), what, next, severity="warning")


def _undocumented(name: str, site: ClusterSite) -> Iterator[Finding]:
    """A cluster that is there already does not tell how it is kept."""
    if site.keys.at_rest is None:
        what = f"nothing says how volumes and etcd of site '{name}' are encrypted at rest"
        next = "set `keys: {at_rest: …}` to who encrypts them and how"
        yield Finding(("sites", name, "keys"), what, next, severity="warning")
    if site.audit.attach is None:
        what = f"nothing says where the audit log of site '{name}' is kept"
        next = "set `audit: {attach: {location: …}}`"
        yield Finding(("sites", name, "audit"), what, next, severity="warning")


def _region_unknown(blueprint: Blueprint, name: str) -> Finding:
    what = f"a cluster does not tell its region: residency on '{name}' is yours to assure"
    next = "keep only sites in " + ", ".join(blueprint.data.residency)
    return Finding(("data", "residency"), what, next, severity="warning")
