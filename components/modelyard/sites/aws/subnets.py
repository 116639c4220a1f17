"""Subnet arithmetic: how a network's addresses are divided among zones and purposes."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network


@dataclass(frozen=True)
class Subnets:
    """Address ranges by zone, in the order of the zones."""

    private: tuple[str, ...]
    """Nodes, pods, endpoints: nearly all addresses."""
    data: tuple[str, ...]
    """Databases and caches, which have no way out."""
    public: tuple[str, ...]
    """Load balancers and NAT gateways, which need few."""


def divided(cidr: str, zones: int) -> Subnets:
    """The subnets of a network over 2 to 4 zones.

    Its first half is for private subnets, an eighth for each zone; of the second half each zone
    gets a sixteenth for data and a sixteenth in public. That fits into a /24 as well: AWS's
    smallest subnet is a /28.
    """
    network = IPv4Network(cidr)
    return Subnets(
        private=_parts(network, 3, 0, zones),
        data=_parts(network, 4, 8, zones),
        public=_parts(network, 4, 12, zones),
    )


def _parts(network: IPv4Network, bits: int, first: int, count: int) -> tuple[str, ...]:
    """So many of the parts that a network has when it is cut in two so many times."""
    parts = list(network.subnets(prefixlen_diff=bits))
    return tuple(str(part) for part in parts[first : first + count])
