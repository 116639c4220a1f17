"""What a cloud's managed services stand on, decided here so that plan, price and site agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.catalog.defaults import machine
from modelyard.plan.facilities import sensitive

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import AwsSite, GcpSite

GIB = 2**30


@dataclass(frozen=True)
class ManagedDatabase:
    """One managed PostgreSQL server."""

    machine: str
    gib: int
    """Of storage, for each instance."""
    standby: bool

    @property
    def instances(self) -> int:
        return 2 if self.standby else 1


@dataclass(frozen=True)
class ManagedCache:
    """One managed cache."""

    machine: str
    replicas: int
    """Copies besides the first."""

    @property
    def nodes(self) -> int:
        return 1 + self.replicas


def managed_database(blueprint: Blueprint, site: AwsSite | GcpSite) -> ManagedDatabase:
    """The database of a cloud site, as its settings and the data ask for it."""
    asked, steady = site.database, sensitive(blueprint)
    standby = steady if asked.standby is None else asked.standby
    chosen = asked.machine or _default(site, "database", "steady" if steady else "small")
    return ManagedDatabase(chosen, -(-asked.size // GIB), standby)


def managed_cache(blueprint: Blueprint, site: AwsSite | GcpSite) -> ManagedCache:
    """The cache of a cloud site, as its settings and the data ask for it."""
    asked, steady = site.cache, sensitive(blueprint)
    replicas = int(steady) if asked.replicas is None else asked.replicas
    chosen = asked.machine or _default(site, "cache", "steady" if steady else "small")
    return ManagedCache(chosen, replicas)


def ordinary_machine(site: AwsSite | GcpSite) -> str:
    """The machine by which the cluster's nodes without accelerators are priced."""
    return _default(site, "node", site.cluster.nodes.architecture)


def _default(site: AwsSite | GcpSite, service: str, size: str) -> str:
    return machine(str(site.kind), service, size)
