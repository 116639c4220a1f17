"""Which engine a site uses for each of its facilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.data_plane import ONLINE_CACHES, OnlineStore
from modelyard.blueprint.facility import DatabaseEngine
from modelyard.blueprint.site import ClusterSite
from modelyard.blueprint.team import Classification
from modelyard.plan.capability import Capability as C

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

NATIVE = "native"
"""The engine of a facility that a cloud has of its own."""


def sensitive(blueprint: Blueprint) -> bool:
    """Whether the data ask for more than the least: encryption inside the cluster, standbys."""
    classes = (Classification.CONFIDENTIAL, Classification.RESTRICTED)
    data = blueprint.data
    return data.classification in classes or data.pii or bool(blueprint.compliance)


def engine(blueprint: Blueprint, site: object, capability: C) -> str | None:
    """The engine of a facility; None when the site goes without it."""
    if not isinstance(site, ClusterSite):
        return NATIVE
    return _cluster_engines(blueprint, site).get(capability)


def _cluster_engines(blueprint: Blueprint, site: ClusterSite) -> dict[C, str | None]:
    ingress = site.ingress and ("attach" if site.ingress.attach else site.ingress.engine)
    return {
        C.CLUSTER: "attach",
        C.NETWORK: "network-policies",
        C.IDENTITY: "service-accounts",
        C.ACCESS: "rbac",
        C.GOVERNANCE: "admission-policies",
        C.AUDIT_LOG: "attach" if site.audit.attach else "policy",
        C.KEYS: _keys(blueprint, site),
        C.OBJECT_STORE: "attach" if site.object_store.attach else site.object_store.engine,
        C.DATABASE: _database(blueprint, site),
        C.CACHE: _cache(blueprint, site),
        C.SECRETS: site.secrets.engine or ("external-secrets" if site.secrets.attach else NATIVE),
        C.GPU_POOL: site.gpus.engine,
        C.INGRESS: ingress,
        C.IMAGE_REGISTRY: "attach" if site.image_registry else None,
        C.BUDGET: _costs(blueprint, site),
    }


def _database(blueprint: Blueprint, site: ClusterSite) -> str:
    if site.database.attach:
        return "attach"
    several = sensitive(blueprint) or (site.database.instances or 1) > 1
    default = DatabaseEngine.CLOUDNATIVE_PG if several else DatabaseEngine.POSTGRES
    return str(site.database.engine or default)


def _cache(blueprint: Blueprint, site: ClusterSite) -> str:
    if site.cache.attach:
        return "attach"
    online = blueprint.features.online if blueprint.features else OnlineStore.VALKEY
    asked = online if online in ONLINE_CACHES else OnlineStore.VALKEY
    return str(site.cache.engine or asked)


def _keys(blueprint: Blueprint, site: ClusterSite) -> str | None:
    if site.keys.attach:
        return "attach"
    chosen = site.keys.engine or ("cert-manager" if sensitive(blueprint) else "none")
    return None if chosen == "none" else chosen


def _costs(blueprint: Blueprint, site: ClusterSite) -> str | None:
    if site.costs.engine:
        return site.costs.engine
    if blueprint.budget and blueprint.monitoring:
        return "opencost"
    return "quota" if site.costs.quota else None
