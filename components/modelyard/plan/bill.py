"""The bill of a platform: everything that the clouds under it charge for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from modelyard.blueprint.site import CloudSite
from modelyard.plan.charge import Case, Charge
from modelyard.plan.charges import AUTOMATIC, RULES

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.plan.item import Item
    from modelyard.plan.placement import Placement
    from modelyard.plan.serving import ModelPlan


def bill(
    blueprint: Blueprint, models: Iterable[ModelPlan], placements: Iterable[Placement]
) -> tuple[Charge, ...]:
    """The charges of a plan, each item of a placement once, in the order of the placements."""
    models, placements = tuple(models), tuple(placements)
    charges = (charge for p in placements for charge in _of(blueprint, models, placements, p))
    return tuple(dict.fromkeys(charges))


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
    rule = RULES.get((placement.capability, placement.engine))
    if rule is None or not isinstance(site, CloudSite):
        return iter(())
    here = tuple(each for each in placements if each.site == placement.site)
    served = tuple(model for model in models if model.site == placement.site)
    return rule(Case(blueprint, site, placement, here, served))
