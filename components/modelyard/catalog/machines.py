"""Cloud machines with accelerators, and their on-demand price.

Prices are US dollars an hour in `region` at `as_of`; None where the source lists no price, which
is not the same as free.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from modelyard.catalog.accelerators import Accelerator, accelerators

_TABLE = Path(__file__).with_name("machines.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One machine type. Memory in GiB, local disks in GB, `efa` in network interfaces."""

    provider: str
    machine: str
    architecture: str
    """`amd64` or `arm64`: images are made for one or the other."""
    accelerator: str
    own_gke_type: str
    """What GKE calls the accelerator in this machine; empty where it is called as elsewhere."""
    count: int
    vcpu: int
    memory_gib: float
    nvme_gb: int
    efa: int
    sold_as: tuple[str, ...]
    """The only ways to buy it: `on-demand`, `spot`, `reserved`; empty where none is ruled out."""
    usd_per_hour: float | None
    region: str
    as_of: str
    source: str
    confirmed: bool

    def sold_in(self, ways: Iterable[str]) -> bool:
        """Whether it is to be had in at least one of these ways."""
        return not self.sold_as or not set(self.sold_as).isdisjoint(ways)

    @property
    def sizable(self) -> bool:
        """Whether a model can be placed by whole accelerators; a shared fraction counts as 0."""
        return self.count > 0

    @property
    def accelerator_facts(self) -> Accelerator:
        return accelerators()[self.accelerator]

    @property
    def gke_type(self) -> str:
        """The value of `cloud.google.com/gke-accelerator` on it; empty where GKE has no name."""
        return self.own_gke_type or self.accelerator_facts.gke_type

    @property
    def accelerator_memory_gib(self) -> float:
        """Memory of all its accelerators together; 0 for a fraction of one."""
        return self.count * self.accelerator_facts.memory_gib


@cache
def machines(provider: str) -> tuple[Machine, ...]:
    """The machines of `aws` or `gcp` in table order; none for a provider without a price list."""
    return tuple(machine for machine in _all_machines() if machine.provider == provider)


def prices_as_of(provider: str) -> str:
    """The date of the provider's oldest price, as the source gives it."""
    return min(row.as_of for row in machines(provider) if row.usd_per_hour is not None)


@cache
def _all_machines() -> tuple[Machine, ...]:
    with _TABLE.open(encoding="utf-8", newline="") as table:
        return tuple(_machine(row) for row in csv.DictReader(table))


def _machine(row: Mapping[str, str]) -> Machine:
    price = row["usd_per_hour"]
    return Machine(
        provider=row["provider"],
        machine=row["machine"],
        architecture=row["architecture"],
        accelerator=row["accelerator"],
        own_gke_type=row["gke_type"],
        count=int(row["count"]),
        vcpu=int(row["vcpu"]),
        memory_gib=float(row["memory_gib"]),
        nvme_gb=int(row["nvme_gb"]),
        efa=int(row["efa"]),
        sold_as=tuple(row["sold_as"].split()),
        usd_per_hour=float(price) if price else None,
        region=row["region"],
        as_of=row["as_of"],
        source=row["source"],
        confirmed=row["confirmed"] == "yes",
    )
