"""Links: by which way two sites can be joined, and what each end knows of the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.blueprint.border import asn_of, inside_of, networks_of
from modelyard.blueprint.checks.finding import Finding
from modelyard.blueprint.site import CloudSite, LinkVia
from modelyard.plan.capability import Capability as C
from modelyard.plan.offered import asked, offered, published
from modelyard.plan.private_services import regions_of

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import Link
    from modelyard.plan.demand import Demand
    from modelyard.plan.offers import Offers
    from modelyard.plan.placement import Placement

ASKED = (LinkVia.PUBLIC_MTLS, LinkVia.PRIVATE_SERVICE)
"""What nothing comes over but what is asked for by its name."""
OUT = "out"
"""Of an end by certificate or by service: something of the other one is asked for."""
_PEERED = "networks of one cloud are joined by the cloud's own peering"
_ONE_CLOUD = "a cloud's private services are reached from inside that cloud alone"


@dataclass(frozen=True)
class End:
    """One end of a link, as the other one sees it."""

    site: str
    asn: int | None
    """Its number in BGP; None where nobody said."""
    networks: tuple[str, ...]
    gateway: str | None
    """Public address of a device that is there already."""


@dataclass(frozen=True)
class Way:
    """A link, from the end where a part of it is made."""

    link: Link
    near: End
    far: End
    inside: tuple[str, ...]
    """A /30 for each of four tunnels. In each the far end's device, or Google's, is second."""


def links_at(blueprint: Blueprint, site: str) -> tuple[Link, ...]:
    """The links with an end on that site."""
    return tuple(link for link in blueprint.links if site in (link.from_, link.to))


def via_of(engine: str) -> str:
    """The way of an end's engine: `vpn` of `vpn/gcp`."""
    return engine.partition("/")[0]


def end_engine(blueprint: Blueprint, link: Link, to: str) -> str:
    """How an end is made depends on the other one: made as well, or somebody's device.

    By certificate, or as a service, only what the other end has for this one has to be reached.
    """
    far = blueprint.sites[to]
    made = isinstance(far, CloudSite) and link.via is not LinkVia.PUBLIC_MTLS
    has = offered(blueprint, link, to) or published(blueprint, link, to)
    parts = (link.via, far.kind if made else None, OUT if has else None)
    return "/".join(str(part) for part in parts if part)


def link_of(blueprint: Blueprint, placement: Placement) -> Link:
    """The link that an end belongs to; two sites are joined once by the same way."""
    ends = {placement.site, placement.to}
    of = (one for one in blueprint.links if {one.from_, one.to} == ends)
    return next(link for link in of if link.via == via_of(placement.engine))


def way_of(blueprint: Blueprint, placement: Placement) -> Way:
    """What the end that is placed here is made of."""
    link = link_of(blueprint, placement)
    near, far = (_end(blueprint, link, end) for end in (placement.site, str(placement.to)))
    pairs = inside_of(link).subnets(prefixlen_diff=2)
    return Way(link, near, far, tuple(str(pair) for pair in pairs))


def _end(blueprint: Blueprint, link: Link, end: str) -> End:
    site, networks = blueprint.sites[end], networks_of(blueprint, link, end)
    if isinstance(site, CloudSite):
        return End(end, asn_of(end, site), networks, None)
    return End(end, link.asn, networks, link.gateway)


def unjoined(blueprint: Blueprint, offers: Offers, demand: Demand) -> Finding:
    """Two sites cannot be joined by the way that their link names."""
    ends = (demand.site, str(demand.to))
    link = blueprint.links[int(demand.path[1])]
    one, other = sorted(str(blueprint.sites[end].kind) for end in ends)
    what = f"{link.via} joins no {one} site with one of kind {other}"
    if link.via is LinkVia.PRIVATE_SERVICE:
        what += f": {_ONE_CLOUD}"
    elif one == other and isinstance(blueprint.sites[demand.site], CloudSite):
        what += f": {_PEERED}"
    ways = _ways(blueprint, offers, link)
    next = f"choose {' or '.join(ways)}" if ways else "remove it, and put both parts on one site"
    return Finding(demand.path, what, next, ways)


def _ways(blueprint: Blueprint, offers: Offers, link: Link) -> tuple[str, ...]:
    """What both ends can have."""
    return tuple(str(via) for via in LinkVia if _joins(blueprint, offers, link, via))


def _joins(blueprint: Blueprint, offers: Offers, link: Link, via: LinkVia) -> bool:
    other = link.model_copy(update={"via": via})
    links = tuple(other if each is link else each for each in blueprint.links)
    changed, ends = blueprint.model_copy(update={"links": links}), (link.from_, link.to)
    if via in ASKED and not any(asked(changed, other, end) for end in ends):
        return False
    if via is LinkVia.PRIVATE_SERVICE and len(regions_of(changed, other)) > 1:
        return False
    return all(
        end_engine(changed, other, far) in offers.get(changed.sites[near].kind, {}).get(C.LINK, {})
        and (not offered(changed, other, near) or C.EAST_WEST in offers[changed.sites[near].kind])
        for near, far in (ends, ends[::-1])
    )
