"""Ports that a network opens to addresses that are not its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from modelyard.policies.rule import items, objects
from modelyard.review.exposure import gateways
from modelyard.review.exposure.balancers import ranges_of
from modelyard.review.exposure.way import (
    GROUP_RULE,
    INTERNET,
    LB,
    NETWORK,
    SERVICE_ATTACHMENT,
    Exposure,
    Ways,
    made,
    sources_of,
)
from modelyard.review.view import View, metadata, readable

if TYPE_CHECKING:
    from modelyard.recorder import Resource


def _port(view: View, it: Resource) -> Iterator[Exposure]:
    """A rule of a security group for addresses outside of the site's own; a balancer's is said
    with the balancer.
    """
    balancers = {g.urn for lb in view.of(LB) for g in view.behind(lb, "securityGroups")}
    groups = view.behind(it, "securityGroupId")
    foreign = _foreign(view, it, ranges_of(it.inputs))
    if foreign and not any(group.urn in balancers for group in groups):
        first, last = it.inputs.get("fromPort"), it.inputs.get("toPort")
        yield made(
            view,
            it,
            "open port",
            f"{it.inputs.get('ipProtocol')}:{first if first == last else f'{first}-{last}'}",
            sources=sources_of(foreign),
            authentication=["as what listens has it"],
            behind=[f"security group {group.name}" for group in groups],
        )


def _firewall(view: View, it: Resource) -> Iterator[Exposure]:
    allows = objects(it.inputs, "allows")
    foreign = _foreign(view, it, items(it.inputs, "sourceRanges"))
    if not allows or not foreign or it.inputs.get("direction") == "EGRESS":
        return
    ports = [f"{a.get('protocol')}:{','.join(map(str, items(a, 'ports'))) or '*'}" for a in allows]
    yield made(
        view,
        it,
        "open port",
        ", ".join(ports),
        sources=sources_of(foreign),
        authentication=["as what listens has it"],
        behind=["machines of the network"],
    )


def _foreign(view: View, it: Resource, ranges: Iterable[Any]) -> list[str]:
    """Ranges that are not the site's own network."""
    site = view.plan.blueprint.sites.get(view.site(it))
    own = getattr(getattr(site, "network", None), "cidr", None)
    return [str(each) for each in ranges if not (own and _within(str(each), str(own)))]


def _within(inner: str, outer: str) -> bool:
    try:
        one, other = ip_network(inner, strict=False), ip_network(outer, strict=False)
    except ValueError:
        return False
    return one.version == other.version and one.subnet_of(other)  # pyright: ignore[reportArgumentType]


def _forwarding(view: View, it: Resource) -> Iterator[Exposure]:
    """Those without a scheme lead out of the network, to a service somewhere else."""
    scheme = str(it.inputs.get("loadBalancingScheme", "EXTERNAL"))
    if scheme:
        ports = it.inputs.get("portRange") or ", ".join(map(str, items(it.inputs, "ports")))
        yield made(
            view,
            it,
            "load balancer",
            f"{scheme} {ports}".strip(),
            sources=(INTERNET,) if scheme.startswith("EXTERNAL") else (NETWORK,),
            authentication=["as what stands behind has it"],
            behind=[readable(it.inputs.get("target") or it.inputs.get("backendService") or "?")],
        )


def _attachment(view: View, it: Resource) -> Iterator[Exposure]:
    """What is published to other networks of Google Cloud."""
    behind = view.behind(it, "targetService", gateways.GATEWAY)
    yield made(
        view,
        it,
        "service",
        it.inputs.get("name"),
        sources=tuple(gateways.connected(it)),
        authentication=["as what listens has it"],
        behind=[f"Gateway {metadata(gateway)[1]}" for gateway in behind],
    )


WAYS: Ways = {
    GROUP_RULE: _port,
    "gcp:compute/firewall:Firewall": _firewall,
    "gcp:compute/forwardingRule:ForwardingRule": _forwarding,
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": _forwarding,
    SERVICE_ATTACHMENT: _attachment,
}
