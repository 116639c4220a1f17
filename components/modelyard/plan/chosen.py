"""What a cloud's managed services stand on, decided here so that plan, price and site agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.blueprint.data_plane import Brokers
from modelyard.catalog.defaults import count, machine, services
from modelyard.plan.capability import Capability
from modelyard.plan.facilities import engine, sensitive

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import AwsSite, GcpSite

GIB = 2**30
ALLOYDB = "alloydb"


@dataclass(frozen=True)
class ManagedDatabase:
    """One managed PostgreSQL server."""

    machine: str
    gib: int
    """Of storage, for each instance."""
    standby: bool
    elastic: bool = False
    """Whether storage grows by itself and is billed by what is in it."""

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


@dataclass(frozen=True)
class ManagedKafka:
    """One managed Kafka that is bought by processors, not by machines."""

    vcpu: int
    memory_gib: int
    storage_gib: int
    """Of disks beside the processors, all together."""


def managed_database(blueprint: Blueprint, site: AwsSite | GcpSite) -> ManagedDatabase:
    """The database of a cloud site, as its settings and the data ask for it."""
    asked, steady = site.database, sensitive(blueprint)
    standby = steady if asked.standby is None else asked.standby
    service = _own(site, getattr(asked, "engine", None), "database")
    chosen = asked.machine or _default(site, service, "steady" if steady else "small")
    return ManagedDatabase(chosen, -(-asked.size // GIB), standby, service == ALLOYDB)


def managed_cache(blueprint: Blueprint, site: AwsSite | GcpSite) -> ManagedCache:
    """The cache of a cloud site, as its settings and the data ask for it."""
    asked, steady = site.cache, sensitive(blueprint)
    replicas = int(steady) if asked.replicas is None else asked.replicas
    service = _own(site, engine(blueprint, site, Capability.CACHE), "cache")
    care = steady or (service != "cache" and replicas > 0)
    chosen = asked.machine or _default(site, service, "steady" if care else "small")
    return ManagedCache(chosen, replicas)


def managed_kafka(blueprint: Blueprint, site: AwsSite | GcpSite) -> ManagedKafka:
    """The Kafka of a cloud site that is bought by processors."""
    asked = (blueprint.ingestion and blueprint.ingestion.brokers) or Brokers.left_out()
    provider = str(site.kind)
    vcpu = asked.per_zone * count(provider, "kafka_cpus")
    return ManagedKafka(
        vcpu,
        vcpu * count(provider, "kafka_memory"),
        vcpu * count(provider, "kafka_disk"),
    )


def index_machine(blueprint: Blueprint, site: AwsSite | GcpSite) -> str:
    """The machine that answers searches among a cloud site's vectors."""
    return _default(site, "vectors", "steady" if sensitive(blueprint) else "small")


def ordinary_machine(site: AwsSite | GcpSite) -> str:
    """The machine by which the cluster's nodes without accelerators are priced."""
    return _default(site, "node", site.cluster.nodes.architecture)


def _own(site: AwsSite | GcpSite, wanted: str | None, otherwise: str) -> str:
    """The engine, where the cloud sells it on machines of its own."""
    return wanted if wanted in services(str(site.kind)) else otherwise


def _default(site: AwsSite | GcpSite, service: str, size: str) -> str:
    return machine(str(site.kind), service, size)
