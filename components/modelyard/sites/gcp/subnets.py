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
    callers: str
    """Where those come from who ask by Private Service Connect, an address for each endpoint."""


def divided(cidr: str) -> Subnets:
    """The ranges of a network from a /16 to a /20.

    Half is for pods, an eighth each for nodes, services and proxies; of the last eighth the first
    eighth is for callers, 64 addresses in a /20, and the rest is left.
    """
    network = IPv4Network(cidr, strict=False)
    pods, rest = network.subnets(prefixlen_diff=1)
    nodes, services, proxies, left = rest.subnets(prefixlen_diff=2)
    callers = next(left.subnets(prefixlen_diff=3))
    return Subnets(*map(str, (nodes, pods, services, proxies, callers)))
