"""Cost: a month at the fewest and at the most replicas, and what has no price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.site import ClusterSite
from modelyard.catalog.machines import prices_as_of
from modelyard.catalog.prices import HOURS_A_MONTH
from modelyard.plan.bill import bill, shares
from modelyard.plan.item import Item, Monthly, Rate
from modelyard.plan.machine_cost import machine_items, machine_source
from modelyard.plan.placement import Placement
from modelyard.plan.priced_bill import Line, line_sources, price
from modelyard.plan.serving import ModelPlan

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

__all__ = ["HOURS_A_MONTH", "Cost", "Item", "Monthly", "Rate", "cost_of"]

THE_BLUEPRINT = "the blueprint"
"""In place of a date, where no price is one of the catalog's."""
WAYS = ("site", "capability", "model", "item")
"""The ways in which a cost is added up."""


@dataclass(frozen=True)
class Cost:
    """What the platform costs, in US dollars. What has no price is listed, not counted as zero."""

    prices_as_of: str
    """Date of the oldest price used, or `the blueprint` where none of the catalog's was."""
    price_sources: tuple[str, ...]
    """Where the prices come from: of each kind of machine, and of the services of each cloud."""
    items: tuple[Item, ...]
    unpriced: tuple[str, ...]
    """What no source has a price for."""
    by_use: tuple[Rate, ...] = ()
    """What has a rate, while a blueprint does not tell how much of it there will be."""
    regions: tuple[str, ...] = ()
    """The regions whose list prices these are, wherever the sites of the blueprint are."""

    @property
    def monthly(self) -> Monthly:
        return sum((item.monthly for item in self.items), Monthly())

    def by(self, key: str) -> Mapping[str, Monthly]:
        """Totals by `site`, `capability`, `model` or `item` of the price list."""
        totals: dict[str, Monthly] = defaultdict(Monthly)
        for item in self.items:
            if (name := getattr(item, key)) is not None:
                totals[str(name)] += item.monthly
        return dict(sorted(totals.items()))

    def json(self) -> Mapping[str, Any]:
        groups = {
            f"by_{key}": {name: monthly.json() for name, monthly in self.by(key).items()}
            for key in WAYS
        }
        return {
            "currency": "USD",
            "prices_as_of": self.prices_as_of,
            "price_sources": list(self.price_sources),
            "monthly": self.monthly.json(),
            **groups,
            "unpriced": list(self.unpriced),
            "by_use": [rate.json() for rate in self.by_use],
            "price_regions": list(self.regions),
        }


def cost_of(
    blueprint: Blueprint, models: tuple[ModelPlan, ...], placements: tuple[Placement, ...]
) -> Cost:
    """The cost of a plan: the machines of its models, and everything else that its clouds bill."""
    on_machines = [model for model in models if model.count and not model.hosted]
    priced = [model for model in on_machines if model.usd_per_hour is not None]
    machines = list(machine_items(priced))
    charges = bill(blueprint, models, placements)
    lines = price(blueprint, (*charges, *shares(charges, machines)))
    services = [item for line in lines if (item := line.item)]
    sources = {*(machine_source(blueprint, m) for m in priced), *line_sources(blueprint, lines)}
    unpriced = {
        *(f"{m.machine} for {m.name}: no price" for m in on_machines if m.usd_per_hour is None),
        *(gap for line in lines if (gap := line.gap)),
        *_of_the_owner(blueprint, placements),
    }
    return Cost(
        _as_of(blueprint, priced, lines),
        tuple(sorted(sources)),
        (*machines, *services),
        tuple(sorted(unpriced)),
        tuple(rate for line in lines if (rate := line.rate)),
        tuple(sorted({line.price.region for line in lines if line.price})),
    )


def _as_of(blueprint: Blueprint, models: list[ModelPlan], lines: Iterable[Line]) -> str:
    """The oldest date there is behind a figure."""
    dates = {line.price.as_of for line in lines if line.item and line.price and line.price.as_of}
    sites = [blueprint.sites[model.site] for model in models]
    clouds = {str(site.kind) for site in sites if not isinstance(site, ClusterSite)}
    return min(dates | {prices_as_of(cloud) for cloud in clouds}, default=THE_BLUEPRINT)


def _of_the_owner(blueprint: Blueprint, placements: Iterable[Placement]) -> Iterator[str]:
    """CPU, memory and storage of a cluster that is there already are its owner's to price."""
    used: dict[str, set[str]] = defaultdict(set)
    for placement in placements:
        if placement.implementation:
            used[placement.site].add(str(placement.capability))
    for site, names in used.items():
        if isinstance(blueprint.sites[site], ClusterSite) or _attached(site, placements):
            kind = blueprint.sites[site].kind
            yield f"CPU, memory and storage on {site} ({kind}): {len(names)} capabilities"


def _attached(site: str, placements: Iterable[Placement]) -> bool:
    return any(
        p.site == site and p.engine == "attach" and p.capability == "cluster" for p in placements
    )
