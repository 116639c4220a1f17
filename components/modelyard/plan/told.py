"""What the owners of ends that nobody makes have to configure, as far as it is known beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding
from modelyard.blueprint.site import AwsSite, CloudSite, GcpSite, LinkVia
from modelyard.plan.capability import Capability as C
from modelyard.plan.facilities import engine as facility_engine
from modelyard.plan.far import CARRIED, FOR
from modelyard.plan.links import ASKED, Way, way_of
from modelyard.plan.offered import LABEL, asked, host, offered, published
from modelyard.plan.zones import zones

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import Link
    from modelyard.plan.placement import Placement

PROPOSAL = "IKEv2, AES-256-GCM-16, SHA2-384 (the PRF), DH group 20, for both phases"
"""What both clouds are made to speak, and nothing else."""
AFTERWARDS = "known after `up`: `pulumi stack output links --show-secrets`"


@dataclass(frozen=True)
class Told:
    """One thing to configure, and whose it is."""

    link: str
    owner: str
    """The site at whose end it is."""
    what: str
    value: str

    def json(self) -> Mapping[str, str]:
        return vars(self)


def idle_links(blueprint: Blueprint, placements: tuple[Placement, ...]) -> Iterator[Finding]:
    """Links that nothing of the platform goes over, or not all that they are said to carry."""
    kinds = {carried: capability for capability, carried in CARRIED.items()}
    ways = {(p.site, p.far, FOR.get(p.capability, p.capability)) for p in placements if p.far}
    for i, link in enumerate(blueprint.links):
        ends = (link.from_, link.to)
        if not any(_answers(blueprint, end) for end in ends):
            what = f"nothing answers at either end of the link from '{ends[0]}' to '{ends[1]}'"
            next = f"add `ingress: {{domain: …}}` to '{ends[1]}', or remove the link"
            yield Finding(("links", i), what, next, severity="warning")
        if link.via in ASKED and not any(asked(blueprint, link, end) for end in ends):
            what = f"neither '{ends[0]}' nor '{ends[1]}' has anything that the other may ask for"
            next = "give a model `expose: gateway`, carry what stands there, or remove the link"
            yield Finding(("links", i), what, next, severity="warning")
        for j, carried in enumerate(link.carries):
            used = {(*pair, kinds.get(carried)) for pair in (ends, ends[::-1])} & ways
            if carried in kinds and not used:
                what = f"nothing at one end uses the {kinds[carried]} of the other"
                next = f"remove {carried} from `carries`"
                yield Finding(("links", i, "carries", j), what, next, severity="warning")


def _answers(blueprint: Blueprint, end: str) -> bool:
    """Whether a site has a way in, or a cluster that takes in machines of elsewhere."""
    site = blueprint.sites[end]
    nodes = isinstance(site, CloudSite) and site.cluster.remote_networks is not None
    return site.ingress is not None or nodes


def told(blueprint: Blueprint, placements: tuple[Placement, ...]) -> tuple[Told, ...]:
    """For each link with an end that is not made, in the blueprint's own order."""
    ends = [p for p in placements if p.capability is C.LINK]
    by_link = [(end, way_of(blueprint, end)) for end in ends]
    return tuple(
        line
        for link in blueprint.links
        for end, way in by_link
        if way.link == link and not isinstance(blueprint.sites[end.site], CloudSite)
        for line in _of_end(blueprint, way)
    )


def _of_end(blueprint: Blueprint, way: Way) -> Iterator[Told]:
    """What the owner of the near end has to do."""
    link, near, far = way.link, way.near.site, way.far.site
    title = f"{link.from_} - {link.to} by {link.via}"
    if link.via is LinkVia.PUBLIC_MTLS:
        for what, value in _by_certificate(blueprint, link, near, far):
            yield Told(title, near, what, value)
        return
    if link.via is LinkVia.PRIVATE_SERVICE:
        on_aws = isinstance(blueprint.sites[far], AwsSite)
        lines = _by_private_link if on_aws else _by_service_connect
        for what, value in lines(blueprint, link, near, far):
            yield Told(title, near, what, value)
        return
    made = isinstance(blueprint.sites[far], CloudSite)
    lines = _by_hand(way) if not made else _tunnels(way) if link.via is LinkVia.VPN else _line(way)
    for what, value in (*lines, *_calls(blueprint, link, near, far)):
        yield Told(title, near, what, value)


def _tunnels(way: Way) -> Iterator[tuple[str, str]]:
    """For a device that a cloud's gateway speaks with."""
    near, far = way.near, way.far
    yield "device", f"{near.gateway}, with two tunnels to '{far.site}'"
    yield "proposal", PROPOSAL
    for number, pair in enumerate(way.inside[:2], 1):
        theirs, ours = IPv4Network(pair).hosts()
        yield f"tunnel {number} inside", f"{ours}/30 here, {theirs} there"
    yield "addresses, pre-shared keys", AFTERWARDS
    yield "BGP", f"AS {near.asn} here, AS {far.asn} there; announce {', '.join(near.networks)}"
    yield "routes", f"to {', '.join(far.networks)} through the tunnels"


def _line(way: Way) -> Iterator[tuple[str, str]]:
    """For a router at the end of a line that somebody has ordered, and has had connected."""
    link, near, far = way.link, way.near, way.far
    yield "line", f"{link.connection}, VLAN {link.vlan}; packets on it are not encrypted"
    yield "addresses, BGP key", AFTERWARDS
    yield "BGP", f"AS {near.asn} here, AS {far.asn} there; announce {', '.join(near.networks)}"
    yield "routes", f"to {', '.join(far.networks)} over the line"


def _by_certificate(
    blueprint: Blueprint, link: Link, near: str, far: str
) -> Iterator[tuple[str, str]]:
    """Gateways and certificates are made; addresses and names are their owners'."""
    if offered(blueprint, link, near):
        names = host(_domain(blueprint, near), "*")
        yield "address", f"one that '{far}' reaches, to the load balancer of the Gateway '{LABEL}'"
        yield "names", f"have {names} lead there, for who is asked at '{far}'"
        yield "in", f"from '{far}' to {names}, TCP 443: {', '.join(link.carries)}"
    if offered(blueprint, link, far):
        names = host(_domain(blueprint, far), "*")
        yield "out", f"from here to {names}, TCP 443: {', '.join(link.carries)}"
        yield "TLS", "nothing in between may end it: both ends show certificates"


def _by_private_link(
    blueprint: Blueprint, link: Link, near: str, far: str
) -> Iterator[tuple[str, str]]:
    """For an account of AWS that is not ours: what it asks a service for, and what it publishes."""
    there = blueprint.sites[far]
    assert isinstance(there, AwsSite)
    within = f"{there.region}, in {', '.join(zones(there)) or 'zones that both ends have'}"
    if has := published(blueprint, link, far):
        domain = _domain(blueprint, far)
        yield "service", AFTERWARDS
        yield "endpoint", f"an interface endpoint of it in {link.account}, {within}"
        yield "names", f"a private hosted zone {domain} in which *.{domain} is that endpoint"
        yield "out", f"from here to the endpoint, TCP 443: {', '.join(has)}"
    if has := published(blueprint, link, near):
        domain = _domain(blueprint, near)
        yield (
            "principal",
            f"let account {there.account} connect to {link.service}, and do not ask for acceptance",
        )
        yield "zones", f"have it in {within}"
        yield "in", f"from '{far}' to *.{domain}, TCP 443: {', '.join(has)}"


def _by_service_connect(
    blueprint: Blueprint, link: Link, near: str, far: str
) -> Iterator[tuple[str, str]]:
    """For a project of Google Cloud that is not ours: the same."""
    there = blueprint.sites[far]
    assert isinstance(there, GcpSite)  # nothing else publishes, or asks
    if has := published(blueprint, link, far):
        domain = _domain(blueprint, far)
        yield "service", AFTERWARDS
        yield "endpoint", f"one endpoint of it in {link.project}, {there.region}"
        yield "names", f"a private zone {domain} in which *.{domain} is the endpoint's address"
        yield "out", f"from here to the endpoint, TCP 443: {', '.join(has)}"
    if has := published(blueprint, link, near):
        yield "project", f"let project {there.project} connect to {link.service}, one endpoint"
        yield "in", f"from '{far}' to *.{_domain(blueprint, near)}, TCP 443: {', '.join(has)}"


def _domain(blueprint: Blueprint, site: str) -> str:
    ingress = blueprint.sites[site].ingress
    assert ingress is not None  # nothing is offered where no way leads in
    return ingress.domain


def _by_hand(way: Way) -> Iterator[tuple[str, str]]:
    """Between two networks of which a blueprint knows nothing."""
    yield "way", f"a {way.link.via} to '{way.far.site}', agreed on with its owner: nothing is made"


def _calls(blueprint: Blueprint, link: Link, near: str, far: str) -> Iterator[tuple[str, str]]:
    """Names and ports. A site without a way in is never called; it calls."""
    carried = ", ".join(link.carries)
    if (there := _way_in(blueprint, far)) is not None:
        domain, port = there
        yield "names", f"resolve *.{domain} to the address of the way into '{far}'"
        yield "out", f"from here to *.{domain}, TCP {port}: {carried}"
    if (here := _way_in(blueprint, near)) is not None:
        domain, port = here
        yield "in", f"from '{far}' to *.{domain}, TCP {port}: {carried}"


def _way_in(blueprint: Blueprint, name: str) -> tuple[str, int] | None:
    """Domain and port of what answers on a site; None where nothing of the platform's does."""
    site = blueprint.sites[name]
    if site.ingress is None or site.ingress.attach:
        return None
    if isinstance(site, CloudSite):
        secure = site.ingress.certificate is not None
    else:
        secure = facility_engine(blueprint, site, C.KEYS) is not None
    return site.ingress.domain, 443 if secure else 80
