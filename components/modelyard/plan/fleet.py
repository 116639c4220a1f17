"""A plan with every member of its fleets: decided once, built as often as there are members."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.fleets import fleets_of
from modelyard.blueprint.fleet import MEMBER
from modelyard.blueprint.site import ClusterSite

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.fleet import Fleet
    from modelyard.blueprint.section import Section
    from modelyard.blueprint.site import Link, Site
    from modelyard.plan.placement import Placement
    from modelyard.plan.plan import Plan
    from modelyard.plan.serving import ModelPlan


def site_name(fleet: str, member: str) -> str:
    return f"{fleet}-{member}"


def on_its_way(blueprint: Blueprint) -> Blueprint | None:
    """The blueprint as it is where every rollout has come by; None without any."""
    if not any(model.rollout for model in blueprint.models):
        return None
    models = tuple(model.rolled_out() for model in blueprint.models)
    return blueprint.model_copy(update={"models": models})


def spread(plan: Plan, rolled: tuple[ModelPlan, ...]) -> Plan:
    """The plan for each site. `rolled`: the models' plans with the versions on their way."""
    fleets = fleets_of(plan.blueprint)
    if not fleets:
        return plan
    sites = {
        name: tuple(site_name(name, member) for member in fleets[name].names)
        if name in fleets
        else (name,)
        for name in plan.blueprint.sites
    }
    return replace(
        plan,
        blueprint=_blueprint(plan.blueprint, fleets, sites),
        sites=tuple(
            replace(site, name=name, fleet=site.name if site.name in fleets else None)
            for site in plan.sites
            for name in sites[site.name]
        ),
        capabilities=tuple(each for p in plan.capabilities for each in _placements(p, sites)),
        models=tuple(
            each for model in plan.models for each in _models(plan, model, rolled, fleets)
        ),
    )


def _blueprint(
    blueprint: Blueprint, fleets: Mapping[str, Fleet], sites: Mapping[str, tuple[str, ...]]
) -> Blueprint:
    own = {
        name: _member(blueprint.sites[entry], name.removeprefix(f"{entry}-"))
        if entry in fleets
        else blueprint.sites[entry]
        for entry, names in sites.items()
        for name in names
    }
    links = tuple(each for link in blueprint.links for each in _links(link, sites))
    return blueprint.model_copy(update={"sites": own, "links": links})


def _member(site: Site, member: str) -> Site:
    """The entry's site as that member has it: its own cluster, and its own name in the domain."""
    assert isinstance(site, ClusterSite)  # no other has a fleet
    cluster = site.cluster.model_dump_json().replace(MEMBER, json.dumps(member)[1:-1])
    named: dict[str, Section] = {"cluster": type(site.cluster).model_validate_json(cluster)}
    if site.ingress is not None:
        named["ingress"] = site.ingress.under(member)
    return site.model_copy(update=named)


def _links(link: Link, sites: Mapping[str, tuple[str, ...]]) -> Iterator[Link]:
    for one in sites[link.from_]:
        for other in sites[link.to]:
            yield link.model_copy(update={"from_": one, "to": other})


def _placements(placement: Placement, sites: Mapping[str, tuple[str, ...]]) -> Iterator[Placement]:
    others = sites[placement.to] if placement.to else (None,)
    for site in sites[placement.site]:
        for other in others:
            yield replace(placement, site=site, to=other)


def _models(
    plan: Plan, model: ModelPlan, rolled: tuple[ModelPlan, ...], fleets: Mapping[str, Fleet]
) -> Iterator[ModelPlan]:
    """Members of the rings that a rollout has reached have its version."""
    fleet = fleets.get(model.site)
    if fleet is None:
        yield model
        return
    rollout = plan.blueprint.model(model.name).rollout
    reached = fleet.in_rings[: rollout.rings] if rollout else ()
    ahead = {member for ring in reached for member in ring}
    new = next((each for each in rolled if each.name == model.name), model)
    for member in fleet.names:
        own = replace(new, rolled_out=True) if member in ahead else model
        yield replace(own, site=site_name(model.site, member))
