"""Ways in that networks of the same cloud reach as a service: who may, and what is in the way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Path
from modelyard.blueprint.checks.links import foreign, network_at
from modelyard.blueprint.site import AwsSite, CloudSite, GcpSite, LinkVia, OnPremSite
from modelyard.plan.offered import published
from modelyard.plan.zones import places

if TYPE_CHECKING:
    from ipaddress import IPv4Network

    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import Link, Site


def ends_of(link: Link) -> Iterator[tuple[str, str]]:
    """Each end of a link, with the other one."""
    yield from ((link.from_, link.to), (link.to, link.from_))


def accounts(blueprint: Blueprint, site: str) -> Mapping[str, int]:
    """The accounts that may connect to what a site publishes, and by how many links each does."""
    links = (
        account_of(blueprint, link, far)
        for link in blueprint.links
        for near, far in ends_of(link)
        if near == site and published(blueprint, link, near)
    )
    return dict(sorted(Counter(links).items()))


def account_of(blueprint: Blueprint, link: Link, end: str) -> str:
    """The account or project of one end; that of a site which is no cloud is the link's to say."""
    site = blueprint.sites[end]
    own = account_at(site) if isinstance(site, AwsSite | GcpSite) else link.account or link.project
    assert own is not None  # a blueprint has to name it
    return own


def account_at(site: AwsSite | GcpSite) -> str:
    """Who connects, as its cloud knows it: an account of AWS, a project of Google Cloud."""
    return site.account if isinstance(site, AwsSite) else site.project


def regions_of(blueprint: Blueprint, link: Link) -> tuple[str, ...]:
    """The regions in which the ends of a link are, each once."""
    sites = (blueprint.sites[end] for end in (link.from_, link.to))
    # `com.amazonaws.vpce.REGION.…` or `projects/PROJECT/regions/REGION/…`
    named = [re.split("[./]", link.service)[3]] if link.service else []
    regions = [site.region for site in sites if isinstance(site, CloudSite)]
    return tuple(dict.fromkeys((*regions, *named)))


def hindrances(blueprint: Blueprint) -> Iterator[Finding]:
    """What keeps the ends of links from meeting as a service and who asks for it, each once."""
    yield from dict.fromkeys(_hindrances(blueprint))


def _hindrances(blueprint: Blueprint) -> Iterator[Finding]:
    for i, link in enumerate(blueprint.links):
        sites = [blueprint.sites[end] for end in (link.from_, link.to)]
        if link.via is not LinkVia.PRIVATE_SERVICE or not _in_one_cloud(sites):
            continue
        yield from _untold(blueprint, link, ("links", i))
        yield from _elsewhere(blueprint, link, ("links", i))
        for near, far in ends_of(link):
            site = blueprint.sites[near]
            if isinstance(site, AwsSite | GcpSite) and published(blueprint, link, near):
                yield from _not_ours(near, site)
                yield from _closed(near, site)
                yield from _left_out(near, site)
                yield from _same_names(blueprint, link, near, far)


def _in_one_cloud(sites: list[Site]) -> bool:
    """Whether both ends may be on AWS or on Google Cloud, and one is; others cannot be joined."""
    clouds = [site for site in sites if isinstance(site, CloudSite | OnPremSite)]
    return any(
        bool(clouds) and all(isinstance(site, kind) for site in clouds)
        for kind in (AwsSite, GcpSite)
    )


def _untold(blueprint: Blueprint, link: Link, path: Path) -> Iterator[Finding]:
    """Who may ask, and by which name what is asked for goes, where nobody makes the other end."""
    known = foreign(blueprint, link)
    for near, far in ends_of(link):
        if isinstance(blueprint.sites[far], CloudSite):
            continue
        asks, has = published(blueprint, link, near), published(blueprint, link, far)
        whence, service = known
        reasons = {
            whence: (asks, f"'{far}' asks '{near}' for {', '.join(asks)}: say from where"),
            service: (has, f"'{near}' asks '{far}' for {', '.join(has)}: say by which name"),
        }
        for key, (needed, why) in reasons.items():
            if needed and not getattr(link, key):
                yield Finding(path, why, f"add `{key}: {known[key]}`")
            elif getattr(link, key) and not needed:
                what = f"nothing asks for `{key}`: nothing that is carried goes that way"
                yield Finding((*path, key), what, f"remove `{key}`")


def _elsewhere(blueprint: Blueprint, link: Link, path: Path) -> Iterator[Finding]:
    """Both ends are in one region, and share a zone of it."""
    here, there = blueprint.sites[link.from_], blueprint.sites[link.to]
    if len(regions := regions_of(blueprint, link)) > 1:
        what = f"a service is reached from inside its own region; these are {' and '.join(regions)}"
        next = "put both ends in one region; across regions nothing joins two sites of a cloud yet"
        yield Finding((*path, "via"), what, next)
    elif isinstance(here, AwsSite) and isinstance(there, AwsSite) and not places(here, there):
        what = f"'{link.from_}' and '{link.to}' share no zone, and a service is reached in its own"
        next = "name zones of both in `network: {zone_ids: […]}`"
        yield Finding((*path, "via"), what, next)


def _not_ours(name: str, site: AwsSite | GcpSite) -> Iterator[Finding]:
    """On Google Cloud those who ask come from a range of the network, which its owner has to give.

    Two sites in one network publish nothing to each other then: each has one of its own.
    """
    if isinstance(site, GcpSite) and site.network.attach is not None:
        what = f"'{name}' cannot publish a service: who asks needs a range of its attached network"
        next = "give the site a network of its own (`network: {cidr: …}`); asking works from either"
        yield Finding(("sites", name, "network", "attach"), what, next)


def _closed(name: str, site: AwsSite | GcpSite) -> Iterator[Finding]:
    """What comes in as a service comes by TLS."""
    ingress = site.ingress
    assert ingress is not None  # nothing is published where no way leads in
    path: Path = ("sites", name, "ingress")
    if ingress.certificate is None:
        what = f"'{name}' is asked by TLS from another network, and has no certificate"
        yield Finding(path, what, f"add `certificate:`, that of *.{ingress.domain}")


def _left_out(name: str, site: AwsSite | GcpSite) -> Iterator[Finding]:
    """Where `allow` lists who comes in, the site's own range is among them: a service's is that."""
    allow = site.ingress.allow if site.ingress else ()
    own = network_at(site.network.cidr)
    if allow and own and not any(_within(own, each) for each in allow):
        what = f"who asks '{name}' as a service comes from {own}, which `allow` leaves out"
        next = f"add {own}: accounts are asked for before that"
        yield Finding(("sites", name, "ingress", "allow"), what, next)


def _within(own: IPv4Network, range: str) -> bool:
    """What is no range has nothing in it."""
    listed = network_at(range)
    return listed is not None and own.subnet_of(listed)


def _same_names(blueprint: Blueprint, link: Link, near: str, far: str) -> Iterator[Finding]:
    """A network has one answer for a name: that of one site alone."""
    domain, other = (getattr(blueprint.sites[end].ingress, "domain", None) for end in (near, far))
    named = [
        end
        for each in blueprint.links
        for end, asking in ends_of(each)
        if asking == far
        and published(blueprint, each, end)
        and getattr(blueprint.sites[end].ingress, "domain", None) == domain
    ]
    if domain == other or (len(named) > 1 and near != named[0]):
        with_ = far if domain == other else named[0]
        what = f"names of '{near}' and of '{with_}' are those of {domain}: '{far}' would know one"
        next = "give each a domain of its own"
        yield Finding(("sites", near, "ingress", "domain"), what, next)
