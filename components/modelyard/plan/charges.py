"""What each capability of a cloud site is billed for, by rules that hold for every cloud.

The items are those of `catalog/prices.csv`; which of them a cloud bills, and at what price, is said
there. What is attached is on somebody else's bill, and what runs in the cluster is on its nodes'.
What a cloud bills in a way of its own is beside this file, in `aws_charges` and `gcp_charges`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from modelyard.catalog.defaults import count, machine
from modelyard.plan.capability import Capability as C
from modelyard.plan.charge import WATCHED, Case, Charge
from modelyard.plan.chosen import managed_cache, managed_database, ordinary_machine
from modelyard.plan.facilities import NATIVE

Rule = Callable[[Case], Iterator[Charge]]
Rules = Mapping[tuple[C, str], Rule]
"""By capability and engine."""

AUTOMATIC = "cluster/auto-nodes"
"""Share of the price of machines that the cloud looks after."""


def control_plane(case: Case) -> Iterator[Charge]:
    """Nodes come and go with what runs on them."""
    yield case.always("cluster/control-plane")
    yield from case.by_use(f"machine/{ordinary_machine(case.site)}", "disk/ssd")
    yield from case.by_use("logs/ingested", "logs/stored")


def system_nodes(case: Case) -> Iterator[Charge]:
    """Nodes for the cluster's own system, on which what makes all others runs."""
    nodes = count(case.provider, "system_nodes")
    system = machine(case.provider, "system", case.site.cluster.nodes.architecture)
    yield case.always(f"machine/{system}", nodes)
    yield case.always("disk/ssd", nodes * count(case.provider, "system_disk"))


def _cluster(case: Case) -> Iterator[Charge]:
    yield from control_plane(case)
    yield from system_nodes(case)


def object_store(case: Case) -> Iterator[Charge]:
    return case.by_use("object-store/storage", "object-store/writes", "object-store/reads")


def _database(case: Case) -> Iterator[Charge]:
    database = managed_database(case.blueprint, case.site)
    yield case.always(f"database/{database.machine}", database.instances)
    yield case.always("database/storage", database.instances * database.gib)
    yield from case.by_use("database/backup", *WATCHED)


def _cache(case: Case) -> Iterator[Charge]:
    cache = managed_cache(case.blueprint, case.site)
    yield case.always(f"cache/{case.placement.engine}/{cache.machine}", cache.nodes)
    yield from case.by_use("cache/backup", *WATCHED)


def _ingress(case: Case) -> Iterator[Charge]:
    """There is one more rule where a list says who may in."""
    return ingress(case, bool(case.site.ingress and case.site.ingress.allow))


def ingress(case: Case, further: int) -> Iterator[Charge]:
    """One load balancer behind a firewall; `further`: its rules besides those always there."""
    yield case.always("load-balancer/hour")
    yield case.always("firewall/acl")
    yield case.always("firewall/rule", count(case.provider, "firewall_rules") + further)
    yield from case.by_use("load-balancer/capacity", "firewall/requests")
    yield from case.by_use("logs/ingested", "logs/stored")


def _secrets(case: Case) -> Iterator[Charge]:
    return case.by_use("secrets/secret", "secrets/requests")


def _images(case: Case) -> Iterator[Charge]:
    return case.by_use("images/storage")


def _audit(case: Case) -> Iterator[Charge]:
    """The trail, its bucket and its logs; and where compliance asks, who is told."""
    yield from case.by_use("audit/data-events", "logs/ingested", "logs/stored")
    yield from object_store(case)
    if case.blueprint.compliance:
        yield from case.by_use("alarm/metric", "messages/notifications")


def _budget(case: Case) -> Iterator[Charge]:
    """Watching the bill costs nothing; telling of it does."""
    if case.blueprint.budget:
        yield from case.by_use("messages/notifications")


RULES: Rules = MappingProxyType(
    {
        (C.CLUSTER, "standard"): _cluster,
        (C.OBJECT_STORE, NATIVE): object_store,
        (C.DATABASE, NATIVE): _database,
        (C.CACHE, "valkey"): _cache,
        (C.CACHE, "redis"): _cache,
        (C.INGRESS, NATIVE): _ingress,
        (C.SECRETS, NATIVE): _secrets,
        (C.IMAGE_REGISTRY, NATIVE): _images,
        (C.AUDIT_LOG, NATIVE): _audit,
        (C.BUDGET, NATIVE): _budget,
    }
)
"""What has no rule, here or among its cloud's own, costs nothing of its own."""
