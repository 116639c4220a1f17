"""What clouds charge for everything but accelerators, whose machines are in `machines`.

Prices are US dollars for one unit in `region` at `as_of`, at the first tier; None where no source
gives one, which is not the same as free. `as_of` is empty where the source has no date. A price is
confirmed where AWS itself or its price list gives it, or where two sources agree.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

HOURS_A_MONTH = 730
"""Hours of a year over twelve."""

_BY_TIME = ("hour", "month", "GB-month", "dollar of machines")
_TABLE = Path(__file__).with_name("prices.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price of one unit of an item; the same item has the same id with every provider."""

    provider: str
    item: str
    """`cluster/control-plane`, or with the kind of machine: `database/db.t4g.medium`."""
    what: str
    """How the provider calls it."""
    unit: str
    usd: float | None
    region: str
    as_of: str
    source: str
    confirmed: bool

    @property
    def monthly(self) -> float | None:
        """US dollars for one that is there all month, whether it is billed by month or hour."""
        assert self.unit in _BY_TIME, f"{self.item} is billed by use"
        return self.usd * HOURS_A_MONTH if self.usd and self.unit == "hour" else self.usd

    @property
    def rate(self) -> str:
        """`$0.023 per GB-month`."""
        return "no price" if self.usd is None else f"${_digits(self.usd)} per {self.unit}"


def prices(provider: str) -> Mapping[str, Price]:
    """The prices of `aws` or `gcp` by item; none for a provider without a price list."""
    return _by_provider().get(provider, MappingProxyType({}))


def _digits(usd: float) -> str:
    """At least two decimals and no more than it has: `1.00`, `0.023`, `0.0000166667`."""
    text = f"{usd:.10f}".rstrip("0")
    return text if len(text.partition(".")[2]) >= 2 else f"{usd:.2f}"


@cache
def _by_provider() -> Mapping[str, Mapping[str, Price]]:
    found: dict[str, dict[str, Price]] = {}
    with _TABLE.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            found.setdefault(row["provider"], {})[row["item"]] = _price(row)
    return {provider: MappingProxyType(items) for provider, items in found.items()}


def _price(row: Mapping[str, str]) -> Price:
    return Price(
        provider=row["provider"],
        item=row["item"],
        what=row["what"],
        unit=row["unit"],
        usd=float(row["usd"]) if row["usd"] else None,
        region=row["region"],
        as_of=row["as_of"],
        source=row["source"],
        confirmed=row["confirmed"] == "yes",
    )
