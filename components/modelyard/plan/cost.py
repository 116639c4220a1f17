"""Cost: a month at the fewest and at the most replicas, and what has no price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.site import ClusterSite
from modelyard.catalog.machines import prices_as_of
from modelyard.plan.capability import Capability
from modelyard.plan.capacity import Capacity
from modelyard.plan.placement import Placement
from modelyard.plan.serving import ModelPlan

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

HOURS_A_MONTH = 730
"""Hours of a year over twelve."""
THE_BLUEPRINT = "the blueprint"
"""In place of a date, where every price is one that the blueprint gives."""


@dataclass(frozen=True)
class Monthly:
    """US dollars a month."""

    minimum: float = 0.0
    maximum: float = 0.0

    def __add__(self, other: Monthly) -> Monthly:
        return Monthly(self.minimum + other.minimum, self.maximum + other.maximum)

    def json(self) -> Mapping[str, float]:
        return {"minimum": round(self.minimum, 2), "maximum": round(self.maximum, 2)}


@dataclass(frozen=True)
class Item:
    """Something that is paid for, and by what it is counted."""

    site: str
    capability: Capability
    model: str | None
    monthly: Monthly


@dataclass(frozen=True)
class Cost:
    """What the platform costs, in US dollars. What has no price is listed, not counted as zero."""

    prices_as_of: str
    """Date of the catalog's prices, or `the blueprint` where only its own were used."""
    price_sources: tuple[str, ...]
    """Where the price of each kind of machine comes from."""
    items: tuple[Item, ...]
    unpriced: tuple[str, ...]

    @property
    def monthly(self) -> Monthly:
        return sum((item.monthly for item in self.items), Monthly())

    def by(self, key: str) -> Mapping[str, Monthly]:
        """Totals by `site`, `capability` or `model`."""
        totals: dict[str, Monthly] = defaultdict(Monthly)
        for item in self.items:
            if (name := getattr(item, key)) is not None:
                totals[str(name)] += item.monthly
        return dict(sorted(totals.items()))

    def json(self) -> Mapping[str, Any]:
        groups = {
            f"by_{key}": {name: monthly.json() for name, monthly in self.by(key).items()}
            for key in ("site", "capability", "model")
        }
        return {
            "currency": "USD",
            "prices_as_of": self.prices_as_of,
            "price_sources": list(self.price_sources),
            "monthly": self.monthly.json(),
            **groups,
            "unpriced": list(self.unpriced),
        }


def cost_of(
    blueprint: Blueprint, models: Iterable[ModelPlan], placements: Iterable[Placement]
) -> Cost:
    """The cost of a plan."""
    on_machines = [model for model in models if model.count]
    priced = [model for model in on_machines if model.usd_per_hour is not None]
    unpriced = [
        f"{model.machine} for {model.name}: no price"
        for model in on_machines
        if model.usd_per_hour is None
    ]
    unpriced += _cluster_share(blueprint, placements)
    given = {m.site for m in priced if isinstance(blueprint.sites[m.site], ClusterSite)}
    own = bool(priced) and given == {model.site for model in priced}
    return Cost(
        THE_BLUEPRINT if own else prices_as_of(),
        tuple(sorted({_source(blueprint, model) for model in priced})),
        tuple(_items(priced)),
        tuple(sorted(set(unpriced))),
    )


def _source(blueprint: Blueprint, model: ModelPlan) -> str:
    site = blueprint.sites[model.site]
    if isinstance(site, ClusterSite):
        return f"{model.machine} on {model.site}: usd_per_hour in the blueprint"
    return f"{model.machine} on {model.site}: {site.kind} on-demand list price, {prices_as_of()}"


def _items(models: Iterable[ModelPlan]) -> Iterable[Item]:
    """What each model pays: of the machines that its kind needs, by the accelerators it uses."""
    kinds: dict[tuple[str, str | None], list[ModelPlan]] = defaultdict(list)
    for model in models:
        kinds[model.site, model.machine].append(model)
    for together in kinds.values():
        fewest, most = _shares(together, 0), _shares(together, 1)
        for model, low, high in zip(together, fewest, most, strict=True):
            monthly = Monthly(low, high)
            yield Item(model.site, Capability.SERVING, model.name, monthly)


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


def _cluster_share(blueprint: Blueprint, placements: Iterable[Placement]) -> list[str]:
    """CPU, memory and storage of a cluster that is there already are its owner's to price."""
    used: dict[str, set[str]] = defaultdict(set)
    for placement in placements:
        if placement.implementation:
            used[placement.site].add(str(placement.capability))
    return [
        f"CPU, memory and storage on {site} ({blueprint.sites[site].kind}): "
        f"{len(names)} capabilities"
        for site, names in used.items()
    ]
