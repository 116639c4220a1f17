"""What each capability of a cloud site is billed for, by rules that hold for every cloud.

The items are those of `catalog/prices.csv`; which of them a cloud bills, and at what price, is said
there. What is attached is on somebody else's bill, and what runs in the cluster is on its nodes'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from modelyard.catalog.defaults import count, endpoints, machine
from modelyard.plan.capability import Capability as C
from modelyard.plan.charge import WATCHED, Case, Charge
from modelyard.plan.chosen import managed_cache, managed_database, ordinary_machine
from modelyard.plan.facilities import NATIVE
from modelyard.plan.hosted_charges import HOSTED
from modelyard.plan.service_charges import SERVICES

Rule = Callable[[Case], Iterator[Charge]]

AUTOMATIC = "cluster/auto-nodes"
"""Share of the price of machines that the cloud looks after."""


def _vpc(case: Case) -> Iterator[Charge]:
    """The way out, or the ways to the cloud's own services where there is none, and the data."""
    network = case.site.network
    gateways = {"none": 0, "single": 1, "per-zone": network.zones}[network.nat]
    if gateways:
        yield case.always("network/nat", gateways)
        yield case.always("network/address", gateways)
        yield from case.by_use("network/nat-data", "network/internet-data")
    else:
        asked = {each for placement in case.neighbours for each in placement.endpoints}
        services = endpoints(case.provider) | asked
        yield case.always("network/endpoint", len(services) * network.zones)
        yield from case.by_use("network/endpoint-data")
    yield from case.by_use("network/zone-data", "logs/ingested", "logs/stored")


def _kms(case: Case) -> Iterator[Charge]:
    yield case.always("keys/key", count(case.provider, "keys"))
    yield from case.by_use("keys/requests")


def _cluster(case: Case) -> Iterator[Charge]:
    """A cluster with nodes for its own system, on which what makes all others runs."""
    nodes = count(case.provider, "system_nodes")
    system = machine(case.provider, "system", case.site.cluster.nodes.architecture)
    yield from _control_plane(case)
    yield from case.by_use("messages/queue")
    yield case.always(f"machine/{system}", nodes)
    yield case.always("disk/ssd", nodes * count(case.provider, "system_disk"))


def _control_plane(case: Case) -> Iterator[Charge]:
    """Nodes come and go with what runs on them."""
    yield case.always("cluster/control-plane")
    yield from case.by_use(f"machine/{ordinary_machine(case.site)}", "disk/ssd")
    yield from case.by_use("logs/ingested", "logs/stored")


def _looked_after(case: Case) -> Iterator[Charge]:
    """A cluster whose machines the cloud looks after, for a share of their price."""
    yield from _control_plane(case)
    yield from case.by_use(AUTOMATIC)


def _object_store(case: Case) -> Iterator[Charge]:
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
    """One load balancer behind a firewall, which has one more rule where a list says who may in."""
    listed = bool(case.site.ingress and case.site.ingress.allow)
    yield case.always("load-balancer/hour")
    yield case.always("firewall/acl")
    yield case.always("firewall/rule", count(case.provider, "firewall_rules") + listed)
    yield from case.by_use("load-balancer/capacity", "firewall/requests")
    yield from case.by_use("logs/ingested", "logs/stored")


def _detection(case: Case) -> Iterator[Charge]:
    return case.by_use(
        "detection/management-events",
        "detection/network",
        "detection/object-events",
        "detection/cluster-events",
        "detection/bucket",
        "detection/data",
        "detection/machine",
        "detection/image",
        "messages/notifications",
    )


def _secrets(case: Case) -> Iterator[Charge]:
    return case.by_use("secrets/secret", "secrets/requests")


def _images(case: Case) -> Iterator[Charge]:
    return case.by_use("images/storage")


def _audit(case: Case) -> Iterator[Charge]:
    """The trail, its bucket and its logs; and where compliance asks, who is told."""
    yield from case.by_use("audit/data-events", "logs/ingested", "logs/stored")
    yield from _object_store(case)
    if case.blueprint.compliance:
        yield from case.by_use("alarm/metric", "messages/notifications")


def _budget(case: Case) -> Iterator[Charge]:
    """Watching the bill costs nothing; telling of it does."""
    if case.blueprint.budget:
        yield from case.by_use("messages/notifications")


RULES: Mapping[tuple[C, str], Rule] = MappingProxyType(
    {
        **SERVICES,
        **HOSTED,
        (C.VPC, NATIVE): _vpc,
        (C.KMS, NATIVE): _kms,
        (C.CLUSTER, "standard"): _cluster,
        (C.CLUSTER, "auto"): _looked_after,
        (C.OBJECT_STORE, NATIVE): _object_store,
        (C.DATABASE, NATIVE): _database,
        (C.CACHE, "valkey"): _cache,
        (C.CACHE, "redis"): _cache,
        (C.INGRESS, NATIVE): _ingress,
        (C.DETECTION, NATIVE): _detection,
        (C.SECRETS, NATIVE): _secrets,
        (C.IMAGE_REGISTRY, NATIVE): _images,
        (C.AUDIT_LOG, NATIVE): _audit,
        (C.BUDGET, NATIVE): _budget,
    }
)
"""By capability and engine; what has no rule costs nothing of its own."""
