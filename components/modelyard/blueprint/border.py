"""What routers at the ends of links are told: numbers and addresses, the same in every run.

They follow from names, not from the order of a list: a further site or link changes none of them.
"""

from __future__ import annotations

from hashlib import sha256
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from modelyard.blueprint.site import CloudSite, OnPremSite

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import Link

PRIVATE_ASNS = ((64512, 65534), (4_200_000_000, 4_294_967_294))
"""What networks of one's own may be called in BGP; source: RFC 6996."""
_FIRST_ASN, _ASNS = 64512, 1000
_FIRST_PORT, _PORTS = 30000, 86
"""Ports of nodes that Kubernetes gives to nobody who names none, where its range is the default
one; source: Service, "Avoid collisions assigning ports to NodePort Services"."""
_FIRST, _BLOCKS = IPv4Network("169.254.16.0/28"), 2048
"""Clear of what the clouds keep for themselves: AWS takes some of 169.254.0.0 to 169.254.5.0, and
both of 169.254.169.0; source: Site-to-Site VPN user guide, Cloud Router guide."""


def asn_of(name: str, site: CloudSite) -> int:
    """What a cloud site's routers are called in BGP."""
    return site.network.asn or _FIRST_ASN + _number(name) % _ASNS


def inside_of(link: Link) -> IPv4Network:
    """The addresses inside the tunnels of a link."""
    if link.inside:
        return IPv4Network(link.inside)
    block = _number("/".join(sorted((link.from_, link.to)))) % _BLOCKS
    return IPv4Network((int(_FIRST.network_address) + block * _FIRST.num_addresses, 28))


def node_port_of(blueprint: Blueprint, name: str) -> int | None:
    """The port of every node at which a site lets other sites in; None with load balancers."""
    site = blueprint.sites[name]
    if not isinstance(site, OnPremSite) or site.balancing != "node-port":
        return None
    own = _FIRST_PORT + _number(f"{blueprint.name}/{name}") % _PORTS
    return site.load_balancer.node_port or own


def networks_of(blueprint: Blueprint, link: Link, end: str) -> tuple[str, ...]:
    """The address ranges at one end of a link; those of a device are the link's to say."""
    site = blueprint.sites[end]
    return (site.network.cidr,) if isinstance(site, CloudSite) else link.networks


def clouds_of(blueprint: Blueprint, link: Link) -> tuple[str, ...]:
    """The ends of a link that are clouds."""
    ends = (link.from_, link.to)
    return tuple(end for end in ends if isinstance(blueprint.sites.get(end), CloudSite))


def _number(text: str) -> int:
    return int(sha256(text.encode()).hexdigest(), 16)
