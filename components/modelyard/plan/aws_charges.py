"""What AWS bills in a way of its own: by the zone, by the piece, by services that only it has."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from modelyard.blueprint.site import AwsSite, LinkVia
from modelyard.catalog.defaults import count, endpoints
from modelyard.plan.capability import Capability as C
from modelyard.plan.charge import Case, Charge
from modelyard.plan.charges import AUTOMATIC, Rules, control_plane, system_nodes
from modelyard.plan.facilities import NATIVE
from modelyard.plan.hosted_charges import HOSTED
from modelyard.plan.service_charges import SERVICES
from modelyard.plan.zones import places


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
    """A queue tells of machines that are about to go."""
    yield from control_plane(case)
    yield from case.by_use("messages/queue")
    yield from system_nodes(case)


def _looked_after(case: Case) -> Iterator[Charge]:
    """A cluster whose machines the cloud looks after, for a share of their price."""
    yield from control_plane(case)
    yield from case.by_use(AUTOMATIC)


def _vpn(case: Case) -> Iterator[Charge]:
    """Two tunnels, each with a public address; to another cloud, which has two addresses, twice."""
    connections = 1 if case.placement.engine == str(LinkVia.VPN) else 2
    yield case.always("network/vpn", connections)
    yield case.always("network/address", 2 * connections)
    yield from case.by_use("network/internet-data", "logs/ingested", "logs/stored")


def _line(case: Case) -> Iterator[Charge]:
    """The line itself is on the bill of whoever ordered it."""
    return case.by_use("network/line-data")


def _published(case: Case) -> Iterator[Charge]:
    """A load balancer of the kind that a service stands behind."""
    yield case.always("load-balancer/hour")
    yield from case.by_use("load-balancer/network-capacity")


def _asking(case: Case) -> Iterator[Charge]:
    """An address in each zone that both ends have, and the names that lead there."""
    far = case.blueprint.sites[str(case.placement.to)]
    assert isinstance(case.site, AwsSite)  # AWS's own charges
    shared = places(case.site, far if isinstance(far, AwsSite) else None)
    yield case.always("network/endpoint", len(shared))
    yield case.always("network/zone")
    yield from case.by_use("network/endpoint-data", "network/queries")


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


def _devices(case: Case) -> Iterator[Charge]:
    """Each device by the month, if it is said how many there are; what they say, by use."""
    assert isinstance(case.site, AwsSite)  # AWS's own charges
    count = case.site.devices.count
    yield from (
        case.by_use("fleet/devices") if count is None else [case.always("fleet/devices", count)]
    )
    yield from case.by_use(
        "fleet/messages", "logs/ingested", "logs/stored", "messages/notifications"
    )


AWS: Rules = MappingProxyType(
    {
        **SERVICES,
        **HOSTED,
        (C.VPC, NATIVE): _vpc,
        (C.KMS, NATIVE): _kms,
        (C.CLUSTER, "standard"): _cluster,
        (C.CLUSTER, "auto"): _looked_after,
        (C.DETECTION, NATIVE): _detection,
        (C.DEVICES, NATIVE): _devices,
        (C.LINK, "direct-connect"): _line,
        (C.LINK, "private-service/out"): _asking,
        (C.LINK, "private-service/aws/out"): _asking,
        (C.ENDPOINT_SERVICE, NATIVE): _published,
        (C.LINK, "vpn"): _vpn,
        (C.LINK, "vpn/gcp"): _vpn,
    }
)
