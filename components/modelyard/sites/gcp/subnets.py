"""Subnet arithmetic: how a network's addresses are divided among purposes.

A subnet of Google's spans all zones of its region, so there is one for each purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network


@dataclass(frozen=True)
class Subnets:
    """Address ranges by purpose."""

    nodes: str
    """Nodes, endpoints and what is made beside them."""
    pods: str
    """Half of all addresses: each node takes a block of them."""
    services: str
    proxies: str
    """Where Google's load balancers come from (a proxy-only subnet)."""


def divided(cidr: str) -> Subnets:
    """The ranges of a network from a /16 to a /20.

    Half is for pods, an eighth each for nodes, services and proxies; an eighth is left.
    """
    network = IPv4Network(cidr)
    pods, rest = network.subnets(prefixlen_diff=1)
    nodes, services, proxies, _ = rest.subnets(prefixlen_diff=2)
    return Subnets(str(nodes), str(pods), str(services), str(proxies))
