"""The bill of a platform: everything that the clouds under it charge for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from modelyard.blueprint.site import CloudSite
from modelyard.plan.aws_charges import AWS
from modelyard.plan.charge import Case, Charge
from modelyard.plan.charges import AUTOMATIC, RULES, Rule, Rules
from modelyard.plan.gcp_charges import GCP

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.plan.capability import Capability
    from modelyard.plan.item import Item
    from modelyard.plan.placement import Placement
    from modelyard.plan.serving import ModelPlan

OWN: Mapping[str, Rules] = MappingProxyType({"aws": AWS, "gcp": GCP})
"""What each cloud bills in a way of its own, by provider."""


def rule(provider: str, capability: Capability, engine: str) -> Rule | None:
    """The cloud's own rule, else the one for every cloud; None for what costs nothing."""
    key = (capability, engine)
    return OWN[provider].get(key) or RULES.get(key)


def bill(
    blueprint: Blueprint, models: Iterable[ModelPlan], placements: Iterable[Placement]
) -> tuple[Charge, ...]:
    """The charges of a plan, each item of a placement once, in the order of the placements."""
    models, placements = tuple(models), tuple(placements)
    found = {
        # Links of a site cost the same, and each of them costs it.
        (placement.to, charge): charge
        for placement in placements
        for charge in _of(blueprint, models, placements, placement)
    }
    return tuple(found.values())


def shares(charges: Iterable[Charge], machines: Iterable[Item]) -> list[Charge]:
    """What a cloud takes for looking after the models' machines: so many dollars' worth of them."""
    taken = {charge.site: charge for charge in charges if charge.item == AUTOMATIC}
    return [
        replace(share, model=item.model, quantity=(item.monthly.minimum, item.monthly.maximum))
        for item in machines
        if (share := taken.get(item.site))
    ]


def _of(
    blueprint: Blueprint,
    models: tuple[ModelPlan, ...],
    placements: tuple[Placement, ...],
    placement: Placement,
) -> Iterator[Charge]:
    site = blueprint.sites[placement.site]
    if not isinstance(site, CloudSite):
        return iter(())
    found = rule(str(site.kind), placement.capability, placement.engine)
    if found is None:
        return iter(())
    here = tuple(each for each in placements if each.site == placement.site)
    served = tuple(model for model in models if model.site == placement.site)
    return found(Case(blueprint, site, placement, here, served))
