"""A bill with the prices of its clouds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.blueprint.site import CloudSite
from modelyard.catalog.prices import Price, prices
from modelyard.plan.charge import Charge
from modelyard.plan.item import Item, Monthly, Rate

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint


@dataclass(frozen=True)
class Line:
    """One charge and its price; none where the catalog does not know the item."""

    charge: Charge
    price: Price | None

    @property
    def item(self) -> Item | None:
        """What it costs; None where it has no price or is billed by use."""
        charge, quantity = self.charge, self.charge.quantity
        monthly = self.price.monthly if self.price and quantity else None
        if quantity is None or monthly is None:
            return None
        cost = Monthly(*(monthly * number for number in quantity))
        return Item(charge.site, charge.capability, charge.model, cost, charge.item)

    @property
    def rate(self) -> Rate | None:
        """What it costs by use; None where it is counted or has no price."""
        charge, price = self.charge, self.price
        if charge.quantity is not None or price is None or price.usd is None:
            return None
        rate = price.rate if price.confirmed else f"about {price.rate}"
        where = (charge.site, charge.capability, charge.model)
        return Rate(*where, charge.item, price.what, rate)

    @property
    def gap(self) -> str | None:
        """`db.x2g.large on cloud: no price`; None where there is one."""
        if self.price and self.price.usd is not None:
            return None
        what = self.price.what if self.price else self.charge.item.rpartition("/")[2]
        return f"{what} on {self.charge.site}: no price"


def price(blueprint: Blueprint, charges: Iterable[Charge]) -> tuple[Line, ...]:
    """The bill, line by line."""
    return tuple(Line(charge, _price(blueprint, charge.site, charge.item)) for charge in charges)


def line_sources(blueprint: Blueprint, lines: Iterable[Line]) -> Iterator[str]:
    """Where the prices of a bill come from, and which of those that count nobody confirmed."""
    counted: dict[str, list[Price]] = defaultdict(list)
    for line in lines:
        if line.item and line.price:
            counted[line.charge.site].append(line.price)
    for site, found in counted.items():
        yield f"services on {site}: {blueprint.sites[site].kind} list prices of {_origin(found)}"
        yield from (
            f"{price.what} on {site}: not confirmed, {price.source}"
            for price in found
            if not price.confirmed
        )


def _origin(prices: Iterable[Price]) -> str:
    """`us-east-1, 2026-02-27 to 2026-10-02`."""
    regions = sorted({price.region for price in prices})
    dates = sorted({price.as_of for price in prices if price.as_of})
    span = f", {dates[0]} to {dates[-1]}" if dates else ""
    return " and ".join(regions) + span


def _price(blueprint: Blueprint, site: str, item: str) -> Price | None:
    place = blueprint.sites[site]
    return prices(str(place.kind)).get(item) if isinstance(place, CloudSite) else None
