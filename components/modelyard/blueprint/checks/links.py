"""Links: what each way has to be told, and what keeps two networks from meeting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from itertools import combinations
from typing import TYPE_CHECKING

from modelyard.blueprint.border import PRIVATE_ASNS, asn_of, clouds_of, inside_of, networks_of
from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.site import (
    AWS_SERVICE,
    GCP_SERVICE,
    Carries,
    CloudSite,
    LinkVia,
    SiteKind,
)

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import Link

TOLD: Mapping[LinkVia, tuple[str, ...]] = {
    LinkVia.VPN: ("gateway", "asn", "networks"),
    LinkVia.DIRECT_CONNECT: ("connection", "vlan", "asn", "networks"),
    LinkVia.INTERCONNECT: ("connection", "vlan", "asn", "networks"),
}
"""What a cloud's end has to know of the other one, that is no cloud."""
EXAMPLES = {
    "gateway": "203.0.113.7",
    "asn": "65010",
    "networks": "[10.40.0.0/16]",
    "connection": "dxcon-fg1a2b3c",
    "vlan": "101",
    "inside": "169.254.200.0/28",
    "account": '"210987654321"',
    "project": "acme-partner",
    "service": "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b2c3d4e5f60718",
}
_ATTACHMENT = "projects/acme-partner/regions/europe-west1/serviceAttachments/way-in"
_FOREIGN: Mapping[SiteKind, Mapping[str, str]] = {
    SiteKind.AWS: {"account": EXAMPLES["account"], "service": EXAMPLES["service"]},
    SiteKind.GCP: {"project": EXAMPLES["project"], "service": _ATTACHMENT},
}
"""By cloud, what says where an end is that nobody makes, and what it publishes, with examples."""
_KEPT = (
    *(IPv4Network(f"169.254.{third}.0/28") for third in range(6)),
    IPv4Network("169.254.169.240/28"),
)
"""Inside addresses that AWS keeps for itself; source: Site-to-Site VPN user guide."""


ROUTED = tuple(TOLD)
"""The ways on which packets go from one network to the other."""


def _routed(blueprint: Blueprint) -> Iterator[tuple[int, Link]]:
    return ((i, link) for i, link in _known(blueprint) if link.via in ROUTED)


def _known(blueprint: Blueprint) -> Iterator[tuple[int, Link]]:
    """The links with two ends; what the others lack is said elsewhere."""
    for i, link in enumerate(blueprint.links):
        if {link.from_, link.to} <= set(blueprint.sites) and link.from_ != link.to:
            yield i, link


def once(blueprint: Blueprint) -> Findings:
    """Two sites are joined once by the same way."""
    seen: set[tuple[frozenset[str], LinkVia]] = set()
    for i, link in _known(blueprint):
        key = (frozenset((link.from_, link.to)), link.via)
        if key in seen:
            what = f"'{link.from_}' and '{link.to}' are joined by {link.via} already"
            next = "remove one of the two, and let the other carry what both did"
            yield Finding(("links", i), what, next)
        seen.add(key)


def carried(blueprint: Blueprint) -> Findings:
    """A link is there for something, and says so once."""
    every = tuple(str(each) for each in Carries)
    for i, link in _known(blueprint):
        if not link.carries:
            what = f"nothing goes over the link from '{link.from_}' to '{link.to}'"
            yield Finding(("links", i), what, "add `carries: [artifacts]`, or remove it", every)
        for j, each in enumerate(link.carries):
            if each in link.carries[:j]:
                yield Finding(("links", i, "carries", j), f"{each} is named twice", "remove one")


def told(blueprint: Blueprint) -> Findings:
    """What a way needs is said, and nothing else."""
    for i, link in _known(blueprint):
        wanted, possible = _wanted(blueprint, link)
        for key in wanted:
            if not getattr(link, key):
                what = f"a link by {link.via} needs `{key}` of the end that is no cloud"
                yield Finding(("links", i), what, f"add `{key}: {EXAMPLES[key]}`")
        for key in EXAMPLES:
            if getattr(link, key) and key not in (*wanted, *possible):
                ends = f"'{link.from_}' and '{link.to}'"
                what = f"nothing asks for `{key}` between {ends} by {link.via}"
                yield Finding(("links", i, key), what, f"remove `{key}`")


def _wanted(blueprint: Blueprint, link: Link) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys that have to be there, and those that may be.

    Which of `account`, `project` and `service` has to follows from what stands where: the plan says
    so.
    """
    clouds = len(clouds_of(blueprint, link))
    if link.via is LinkVia.PRIVATE_SERVICE:
        return (), (tuple(foreign(blueprint, link)) if clouds == 1 else ())
    inside = ("inside",) if clouds and link.via is LinkVia.VPN else ()
    return (TOLD.get(link.via, ()) if clouds == 1 else ()), inside


def foreign(blueprint: Blueprint, link: Link) -> Mapping[str, str]:
    """What a link by service may say of an end that is no cloud, with examples of the other's."""
    for cloud in clouds_of(blueprint, link):
        if (known := _FOREIGN.get(blueprint.sites[cloud].kind)) is not None:
            return known
    return {}


def services(blueprint: Blueprint) -> Findings:
    """A service is called as its cloud calls it."""
    patterns = {SiteKind.AWS: AWS_SERVICE, SiteKind.GCP: GCP_SERVICE}
    for i, link in _known(blueprint):
        for cloud in clouds_of(blueprint, link) if link.service else ():
            kind, known = blueprint.sites[cloud].kind, foreign(blueprint, link)
            if kind in patterns and not re.fullmatch(patterns[kind], str(link.service)):
                what = f"'{link.service}' is no service that a site of kind {kind} can ask"
                yield Finding(("links", i, "service"), what, f"name it so: {known['service']}")


_NAMES = {
    LinkVia.DIRECT_CONNECT: (r"dxcon-[0-9a-z]+", "dxcon-fg1a2b3c"),
    LinkVia.INTERCONNECT: (
        r"projects/[^/]+/global/interconnects/[^/]+",
        "projects/acme-network/global/interconnects/plant-7",
    ),
}
"""What a cloud calls its lines."""


def lines(blueprint: Blueprint) -> Findings:
    """A line is called as its cloud calls it."""
    for i, link in _known(blueprint):
        pattern, example = _NAMES.get(link.via, ("", ""))
        if pattern and link.connection and not re.fullmatch(pattern, link.connection):
            what = f"'{link.connection}' is no name of a line for {link.via}"
            yield Finding(("links", i, "connection"), what, f"name it in full: {example}")


def addresses(blueprint: Blueprint) -> Findings:
    """Addresses are such, and a device that calls from outside has a public one."""
    for i, link in _known(blueprint):
        for j, range in enumerate(link.networks):
            if network_at(range) is None:
                what = f"{range} is not an address range"
                yield Finding(("links", i, "networks", j), what, "write 10.40.0.0/16, ending in 0")
        if link.gateway and not _public(link.gateway):
            what = f"no cloud can reach {link.gateway}: it is not a public address"
            next = "name the address by which the device is seen from the internet"
            yield Finding(("links", i, "gateway"), what, next)


def network_at(text: str) -> IPv4Network | None:
    """A range of addresses; None where it is none."""
    try:
        return IPv4Network(text)
    except (AddressValueError, NetmaskValueError, ValueError):
        return None


_EXAMPLES = tuple(
    IPv4Network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
)
"""For documentation, so that a blueprint may be shown; source: RFC 5737."""


def _public(text: str) -> bool:
    try:
        address = IPv4Address(text)
    except AddressValueError:
        return False
    return address.is_global or any(address in each for each in _EXAMPLES)


def apart(blueprint: Blueprint) -> Findings:
    """Networks that meet over links have no address in common: packets would stay where they are.

    A cloud's network meets all that its links lead to, and those meet each other there.
    """
    met: dict[str, list[tuple[Path, str, str]]] = {}
    for i, link in _routed(blueprint):
        for cloud in clouds_of(blueprint, link):
            far = link.to if cloud == link.from_ else link.from_
            there = met.setdefault(cloud, [((), cloud, r) for r in _ranges(blueprint, cloud)])
            path: Path = ("links", i, "networks") if link.networks else ("links", i)
            there += [(path, far, range) for range in networks_of(blueprint, link, far)]
    seen: set[frozenset[tuple[str, str]]] = set()
    for there in met.values():
        for one, other in combinations(there, 2):
            pair = frozenset((one[1:], other[1:]))
            if one[1] != other[1] and pair not in seen and _overlap(one[2], other[2]):
                seen.add(pair)
                yield _overlapping(one, other)


def _ranges(blueprint: Blueprint, cloud: str) -> tuple[str, ...]:
    site = blueprint.sites[cloud]
    assert isinstance(site, CloudSite)
    remote = site.cluster.remote_networks
    # Machines elsewhere that are nodes of the cluster are behind a link, where they count as well.
    return (site.network.cidr, *(() if remote is None else remote.pods))


def _overlap(one: str, other: str) -> bool:
    both = [network_at(one), network_at(other)]
    return None not in both and IPv4Network(one).overlaps(IPv4Network(other))


def _overlapping(one: tuple[Path, str, str], other: tuple[Path, str, str]) -> Finding:
    what = f"the networks of '{one[1]}' ({one[2]}) and '{other[1]}' ({other[2]}) overlap"
    next = f"give '{other[1]}' another range, or '{one[1]}' another `network: {{cidr: …}}`"
    return Finding(other[0], what, next)


def attached(blueprint: Blueprint) -> Findings:
    """The range of a network that is there already has to be told."""
    for name, site in blueprint.sites.items():
        linked = any(name in (link.from_, link.to) for _, link in _routed(blueprint))
        if not isinstance(site, CloudSite) or site.network.attach is None or not linked:
            continue
        if "cidr" not in site.network.model_fields_set:
            what = f"nothing says which addresses the attached network of '{name}' has"
            next = "add `cidr:` with its range: the other end's routes are made of it"
            yield Finding(("sites", name, "network"), what, next)


def numbers(blueprint: Blueprint) -> Findings:
    """Routers at two ends have two numbers; those of a cloud are private ones."""
    for name, site in blueprint.sites.items():
        asn = site.network.asn if isinstance(site, CloudSite) else None
        if asn and not any(first <= asn <= last for first, last in PRIVATE_ASNS):
            what = f"{asn} is somebody's in the internet, or nobody's"
            ranges = tuple(f"{first}-{last}" for first, last in PRIVATE_ASNS)
            yield Finding(("sites", name, "network", "asn"), what, "choose a private one", ranges)
    for i, link in _routed(blueprint):
        asns = [asn_of(end, blueprint.sites[end]) for end in clouds_of(blueprint, link)]  # pyright: ignore[reportArgumentType]
        asns += [link.asn] if link.asn else []
        if len(asns) > len(set(asns)):
            what = f"both ends of the link are number {asns[0]} in BGP, and would not take routes"
            yield Finding(("links", i), what, "set `network: {asn: 64512}` of a cloud to another")


def insides(blueprint: Blueprint) -> Findings:
    """No two links of a site have the same addresses inside, nor those that a cloud keeps."""
    tunnels = [(i, link) for i, link in _known(blueprint) if _wanted(blueprint, link)[1]]
    next = f"add `inside: {EXAMPLES['inside']}`, or another /28 that is free"
    for i, link in tunnels:
        if any(inside_of(link).overlaps(kept) for kept in _KEPT):
            what = f"{inside_of(link)} is kept by the cloud for itself"
            yield Finding(("links", i, "inside"), what, next)
        elif link.inside and str(inside_of(link)) != link.inside:
            what = f"{link.inside} does not begin where a /28 does"
            yield Finding(("links", i, "inside"), what, f"write {inside_of(link)}")
    for (_, one), (i, other) in combinations(tunnels, 2):
        met = set(clouds_of(blueprint, one)) & set(clouds_of(blueprint, other))
        twice = {one.from_, one.to} == {other.from_, other.to}
        if met and not twice and inside_of(one).overlaps(inside_of(other)):
            what = f"two links of '{min(met)}' have the addresses {inside_of(one)} inside"
            yield Finding(("links", i), what, next)


RULES = (once, carried, told, services, lines, addresses, apart, attached, numbers, insides)
