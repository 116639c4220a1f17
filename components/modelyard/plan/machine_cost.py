"""What the machines of the models cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING

from modelyard.blueprint.site import ClusterSite
from modelyard.catalog.machines import prices_as_of
from modelyard.catalog.prices import HOURS_A_MONTH
from modelyard.plan.capability import Capability
from modelyard.plan.capacity import Capacity
from modelyard.plan.item import Item, Monthly

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.plan.serving import ModelPlan


def machine_items(models: Iterable[ModelPlan]) -> Iterator[Item]:
    """What each model pays: of the machines that its kind needs, by the accelerators it uses."""
    kinds: dict[tuple[str, str], list[ModelPlan]] = defaultdict(list)
    for model in models:
        kinds[model.site, model.machine or ""].append(model)
    for (site, machine), together in kinds.items():
        fewest, most = _shares(together, 0), _shares(together, 1)
        for model, low, high in zip(together, fewest, most, strict=True):
            yield Item(site, Capability.SERVING, model.name, Monthly(low, high), machine)


def machine_source(blueprint: Blueprint, model: ModelPlan) -> str:
    """Where the price of a model's machine comes from."""
    site = blueprint.sites[model.site]
    if isinstance(site, ClusterSite):
        return f"{model.machine} on {model.site}: usd_per_hour in the blueprint"
    as_of = prices_as_of(str(site.kind))
    return f"{model.machine} on {model.site}: {site.kind} on-demand list price, {as_of}"


def _shares(models: Sequence[ModelPlan], scale: int) -> list[float]:
    """US dollars a month of each model on one kind of machine, at its fewest (0) or most (1)."""
    used = [model.count * model.replicas[scale] for model in models]
    hourly = (models[0].usd_per_hour or 0.0) * _machines(models, scale)
    return [hourly * HOURS_A_MONTH * share / (sum(used) or 1) for share in used]


def _machines(models: Sequence[ModelPlan], scale: int) -> int:
    """Machines of one kind that hold these models side by side; no replica spans two."""
    each, bought, free = models[0].per_machine, 0, Capacity({})
    for model in sorted(models, key=lambda model: -model.count):
        replicas = model.replicas[scale]
        held = min(replicas, free.room(model.count))
        more = ceil((replicas - held) / (each // model.count))
        bought += more
        free = free.plus(each, more).take(model.count, replicas)
    return bought
