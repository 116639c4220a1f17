"""Settings of a site on Google Cloud that Google does not take, or has no counterpart of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.section import Section
from modelyard.blueprint.site import GcpSite
from modelyard.catalog.gcp_zones import gcp_zones
from modelyard.catalog.gke import gke

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

SMALLEST = 20
"""Bits of the smallest network that can be divided: an eighth of it is for proxies, of which each
load balancer wants a /26 at least, and half for pods. Source: load balancing guide, proxy-only
subnets.
"""
CREDENTIALS = re.compile(
    r"^[^=\s]+=projects/[^/\s]+/secrets/[^/\s]+/versions/([1-9][0-9]*|latest)$"
)
KEY = re.compile(r"^projects/[^/\s]+/locations/([^/\s]+)/keyRings/[^/\s]+/cryptoKeys/[^/\s]+$")
CERTIFICATE = re.compile(r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$")
SUBNET = re.compile(r"^projects/[^/\s]+/regions/([^/\s]+)/subnetworks/[^/\s]+$")


def regions(blueprint: Blueprint) -> Findings:
    """A region is one of Google's; one that is newer than the catalog says what zones it has."""
    for name, site in google_sites(blueprint):
        if site.region not in gcp_zones() and not site.network.zone_ids:
            what = f"the catalog knows no region '{site.region}' of Google's"
            next = "choose one it knows, or name its zones: `network: {zone_ids: […]}`"
            yield Finding(("sites", name, "region"), what, next, tuple(gcp_zones()))


def zones(blueprint: Blueprint) -> Findings:
    """Zones are those of the region, and as many as the network is to span."""
    for name, site in google_sites(blueprint):
        network, path = site.network, ("sites", name, "network")
        known = gcp_zones().get(site.region, ())
        for i, zone in enumerate(network.zone_ids):
            if zone.rpartition("-")[0] != site.region:
                what = f"{zone} is not a zone of {site.region}"
                yield Finding((*path, "zone_ids", i), what, "choose one of the region's", known)
        there = network.zone_ids or known
        if there and len(there) < network.zones:
            where = "are named" if network.zone_ids else f"are in {site.region}"
            what = f"the network spans {network.zones} zones, and {len(there)} {where}"
            yield Finding((*path, "zones"), what, f"set `zones: {max(2, len(there))}`")
        if len(network.zone_ids) > network.zones:
            what = f"{len(network.zone_ids)} zones are named, and {network.zones} are used"
            yield Finding((*path, "zone_ids"), what, f"set `zones: {len(network.zone_ids)}`")


def networks(blueprint: Blueprint) -> Findings:
    """A network is large enough to be divided among nodes, pods, services and proxies."""
    for name, site in google_sites(blueprint):
        network = site.network
        if network.attach is None and int(network.cidr.partition("/")[2]) > SMALLEST:
            what = f"{network.cidr} is too small for nodes, pods, services and load balancers"
            next = f"choose a range from a /16 to a /{SMALLEST}"
            yield Finding(("sites", name, "network", "cidr"), what, next)


def subnets(blueprint: Blueprint) -> Findings:
    """An attached network names the one subnet that is meant: it spans all zones of its region."""
    for name, site in google_sites(blueprint):
        if (attach := site.network.attach) is None:
            continue
        path: Path = ("sites", name, "network", "attach")
        named = attach.private_subnets
        if len(named) != 1:
            what = f"'{name}' needs one subnet, which spans all zones; {len(named)} are named"
            next = "write `private_subnets: [NAME]`, or its full name for a shared VPC"
            yield Finding((*path, "private_subnets") if named else path, what, next)
        for i, subnet in enumerate(named):
            if "/" in subnet and not ((full := SUBNET.match(subnet)) and full[1] == site.region):
                what = f"{subnet} is not the full name of a subnet in {site.region}"
                next = f"write projects/PROJECT/regions/{site.region}/subnetworks/NAME"
                yield Finding((*path, "private_subnets", i), what, next)
        if attach.public_subnets:
            what = "subnets of Google's are neither public nor private: an address decides"
            yield Finding((*path, "public_subnets"), what, "remove it")


def versions(blueprint: Blueprint) -> Findings:
    """A cluster is made at a version that its channel has."""
    known = tuple(gke().ends)
    for name, site in google_sites(blueprint):
        version = site.cluster.version
        if site.cluster.attach is None and version not in (None, *known):
            what = f"GKE's {gke().channel.capitalize()} channel has no Kubernetes {version}"
            path = ("sites", name, "cluster", "version")
            yield Finding(path, what, "choose one of these, or leave it out", known)


def counterparts(blueprint: Blueprint) -> Findings:
    """What another cloud has, and Google has not."""
    for name, site in google_sites(blueprint):
        missing: dict[tuple[str, str], tuple[object, str]] = {
            ("cluster", "login"): (
                site.cluster.login,
                "people reach GKE by their Google accounts; name them in `access`",
            ),
            ("cluster", "remote_networks"): (
                site.cluster.remote_networks,
                "GKE takes no machines of others as nodes; give them a site of their own",
            ),
            ("identity", "boundary"): (
                site.identity.boundary,
                "name the `organization`, whose policies then limit the project",
            ),
        }
        for keys, (given, next) in missing.items():
            if given is not None:
                what = f"'{keys[-1]}' has no counterpart on Google Cloud"
                yield Finding(("sites", name, *keys), what, f"remove it: {next}")


def subjects(blueprint: Blueprint) -> Findings:
    """People and groups are known to Google by address."""
    if not any(google_sites(blueprint)):
        return
    domains: dict[str, str] = {}
    for role in ("admins", "developers", "viewers", "approvers"):
        for i, subject in enumerate(getattr(blueprint.access, role)):
            at: Path = ("access", role, i)
            kind, _, named = subject.rpartition(":")
            if kind == "role":
                what = f"{subject} is a role of AWS, which nobody on Google Cloud takes"
                yield Finding(at, what, "write group:ADDRESS or a person's address")
            elif "@" not in named:
                what = f"{subject} is nobody to Google, which knows people and groups by address"
                next = f"write {kind or 'user'}:{named}@DOMAIN where the site is Google's"
                yield Finding(at, what, next, severity="warning")
            elif kind == "group":
                domains.setdefault(named.partition("@")[2].casefold(), subject)
    if len(domains) > 1:
        what = f"a cluster of GKE asks one domain for groups; these are of {', '.join(domains)}"
        yield Finding(("access",), what, "name groups of one domain, and others' people one by one")


def encryption(blueprint: Blueprint) -> Findings:
    """A key is named in full, is where its site is, and is not made by others at the same time."""
    for name, site in google_sites(blueprint):
        attach, path = site.encryption.attach, ("sites", name, "encryption")
        if attach is not None and not ((key := KEY.match(attach)) and key[1] == site.region):
            what = f"{attach} is not the full name of a key in {site.region}"
            next = f"write projects/PROJECT/locations/{site.region}/keyRings/RING/cryptoKeys/KEY"
            yield Finding((*path, "attach"), what, next)
        if attach is not None and site.encryption.autokey:
            what = "Autokey makes keys, and a key that is there already is named"
            yield Finding((*path, "autokey"), what, "keep one of `autokey` and `attach`")
        bucket = site.object_store.attach
        if bucket is not None and bucket.key is not None:
            what = "a bucket of Google's encrypts by itself; who reads it needs no right to its key"
            yield Finding(("sites", name, "object_store", "attach", "key"), what, "remove it")


def credentials(blueprint: Blueprint) -> Findings:
    """Artifact Registry is told who logs in, and where the password is."""
    for name, site in google_sites(blueprint):
        for registry, given in site.image_registry.credentials.items():
            if not CREDENTIALS.match(given):
                what = f"this does not say who logs in to {registry}, and with which secret"
                next = "write USER=projects/PROJECT/secrets/NAME/versions/1"
                at: Path = ("sites", name, "image_registry", "credentials", registry)
                yield Finding(at, what, next)


def secrets(blueprint: Blueprint) -> Findings:
    """Secrets have names that Secret Manager takes."""
    looked_up = [site for _, site in google_sites(blueprint) if site.secrets.attach is None]
    if any(site.secrets.engine != "external-secrets" for site in looked_up):
        for path, text in _texts(blueprint, ()):
            named = text.removeprefix("secret://").partition("/")[0]
            if text.startswith("secret://") and "." in named:
                what = f"Secret Manager takes no dots in a secret's name: {named}"
                yield Finding(path, what, f"call it {named.replace('.', '-')}")


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text that was written into a blueprint, with where it stands."""
    if isinstance(value, str):
        yield path, value
    for key, inner in _written(value):
        yield from _texts(inner, (*path, key))


def _written(value: Any) -> Iterable[tuple[str | int, Any]]:
    """What stands in a section, a map or a list."""
    if isinstance(value, Section):
        fields = type(value).model_fields.items()
        given = [(name, field) for name, field in fields if name in value.model_fields_set]
        return [(field.alias or name, getattr(value, name)) for name, field in given]
    if isinstance(value, Mapping):
        return cast("Mapping[str, Any]", value).items()
    return enumerate(cast("Iterable[Any]", value)) if isinstance(value, (tuple, list)) else ()


def certificates(blueprint: Blueprint) -> Findings:
    """The load balancer finds its certificate by name."""
    for name, site in google_sites(blueprint):
        certificate = site.ingress.certificate if site.ingress else None
        if certificate is not None and not CERTIFICATE.match(certificate):
            what = f"{certificate} is not the name of a certificate of Google's load balancers"
            next = f"name one that the project has in {site.region} (`gcloud compute "
            next += "ssl-certificates create`)"
            yield Finding(("sites", name, "ingress", "certificate"), what, next)


def caches(blueprint: Blueprint) -> Findings:
    """Sensitive data are not kept where nobody is asked for a password."""
    for name, site in google_sites(blueprint):
        if site.cache.engine == "valkey" and blueprint.sensitive:
            what = "Memorystore for Valkey knows no password, and the data are sensitive"
            path = ("sites", name, "cache", "engine")
            yield Finding(path, what, "choose redis, or leave it out", ("redis",))


def perimeters(blueprint: Blueprint) -> Findings:
    """Whoever deploys from outside a perimeter is let in by an access level."""
    for name, site in google_sites(blueprint):
        perimeter = site.perimeter
        if perimeter and not perimeter.access_levels and not perimeter.dry_run:
            what = f"nobody outside the perimeter of '{name}' is let in, whoever deploys included"
            next = "name `access_levels`, or begin with `dry_run: true`"
            at: Path = ("sites", name, "perimeter")
            yield Finding(at, what, next, severity="warning")


def google_sites(blueprint: Blueprint) -> Iterator[tuple[str, GcpSite]]:
    """The sites on Google Cloud, by name."""
    return ((name, site) for name, site in blueprint.sites.items() if isinstance(site, GcpSite))


RULES = (
    regions,
    zones,
    networks,
    subnets,
    versions,
    counterparts,
    subjects,
    encryption,
    credentials,
    secrets,
    certificates,
    caches,
    perimeters,
)
