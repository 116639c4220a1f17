"""Cost: a month at the fewest and at the most replicas, and what has no price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.catalog.machines import prices_as_of
from modelyard.plan.capability import Capability
from modelyard.plan.placement import Placement
from modelyard.plan.serving import ModelPlan

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

HOURS_A_MONTH = 730
"""Hours of a year over twelve."""


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
            "monthly": self.monthly.json(),
            **groups,
            "unpriced": list(self.unpriced),
        }


def cost_of(
    blueprint: Blueprint, models: Iterable[ModelPlan], placements: Iterable[Placement]
) -> Cost:
    """The cost of a plan."""
    models = tuple(models)
    priced = tuple(
        _item(model) for model in models if model.count and model.usd_per_hour is not None
    )
    unpriced = [
        f"{model.machine} for {model.name}: no price"
        for model in models
        if model.count and model.usd_per_hour is None
    ]
    unpriced += _cluster_share(blueprint, placements)
    return Cost(prices_as_of(), priced, tuple(sorted(set(unpriced))))


def _item(model: ModelPlan) -> Item:
    hourly = model.usd_per_hour or 0.0
    fewest, most = (hourly * model.machines(count) * HOURS_A_MONTH for count in model.replicas)
    return Item(model.site, Capability.SERVING, model.name, Monthly(fewest, most))


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
