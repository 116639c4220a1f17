"""Settings of a site that say nothing without each other, or contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings
from modelyard.blueprint.facility import DatabaseEngine
from modelyard.blueprint.site import AwsSite, ClusterSite
from modelyard.catalog.aws_zones import aws_zones

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint


def secrets(blueprint: Blueprint) -> Findings:
    """External Secrets looks into a store; Kubernetes' own Secrets have none."""
    for name, site in blueprint.sites.items():
        engine, attach = site.secrets.engine, site.secrets.attach
        if engine == "external-secrets" and attach is None:
            what = f"nothing says in which store site '{name}' looks secrets up"
            next = "add `attach: {store: …}`"
            yield Finding(("sites", name, "secrets", "engine"), what, next)
        if engine == "native" and attach is not None:
            what = "native secrets are not looked up in a store"
            next = "remove `engine`, or remove `attach`"
            yield Finding(("sites", name, "secrets", "attach"), what, next)


def keys(blueprint: Blueprint) -> Findings:
    """Certificates come from one issuer."""
    for name, site in blueprint.sites.items():
        if site.keys.attach is not None and site.keys.engine is not None:
            what = f"keys by {site.keys.engine} and by an attached issuer cannot both hold"
            next = "keep either `engine` or `attach`"
            yield Finding(("sites", name, "keys", "attach"), what, next)


def databases(blueprint: Blueprint) -> Findings:
    """One server is one server."""
    for name, site in _clusters(blueprint):
        database = site.database
        several = database.instances is not None and database.instances > 1
        if database.engine is DatabaseEngine.POSTGRES and several:
            what = f"the engine postgres runs one instance, not {database.instances}"
            next = "set `engine: cloudnative-pg`, or remove `instances`"
            yield Finding(("sites", name, "database", "instances"), what, next)


def attached_databases(blueprint: Blueprint) -> Findings:
    """Where no store is looked into, the address is in a Secret that somebody else makes."""
    for name, site in _clusters(blueprint):
        attach = site.database.attach
        if attach is not None and site.secrets.attach is None:
            what = (
                f"the secrets of {attach.host} are made by hand: each has to hold the address, "
                "as `uri`"
            )
            next = "attach a store to `secrets:`, or see to it that the Secrets name this host"
            path = ("sites", name, "database", "attach")
            yield Finding(path, what, next, severity="warning")


def zones(blueprint: Blueprint) -> Findings:
    """There are as many zones as the network is to span."""
    for name, site in blueprint.sites.items():
        if not isinstance(site, AwsSite) or site.network.attach:
            continue
        known = site.network.zone_ids or aws_zones().get(site.region, ())
        if len(known) < site.network.zones:
            there = f"has {len(known)} zones that are known" if known else "is not in the catalog"
            what = f"the network spans {site.network.zones} zones, and {site.region} {there}"
            next = "lower `zones`, or name them: `zone_ids: [euw1-az1, …]`"
            yield Finding(("sites", name, "network", "zones"), what, next)


def _clusters(blueprint: Blueprint) -> Iterator[tuple[str, ClusterSite]]:
    return ((name, site) for name, site in blueprint.sites.items() if isinstance(site, ClusterSite))


RULES = (zones, secrets, keys, databases, attached_databases)
