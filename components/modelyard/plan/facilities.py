"""Which engine a site uses for each of its facilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.data_plane import ONLINE_CACHES, OnlineStore
from modelyard.blueprint.facility import DatabaseEngine
from modelyard.blueprint.site import AnySite, CloudSite, ClusterSite
from modelyard.plan.capability import Capability as C

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

NATIVE = "native"
"""The engine of a facility that a cloud has of its own."""


def sensitive(blueprint: Blueprint) -> bool:
    """Whether the data ask for more than the least: encryption inside the cluster, standbys."""
    return blueprint.sensitive


def engine(blueprint: Blueprint, site: object, capability: C) -> str | None:
    """The engine of a facility; None when the site goes without it."""
    assert isinstance(site, (CloudSite, ClusterSite)), site
    own = site.engines(blueprint)
    if capability in own:
        return own[capability]
    if isinstance(site, CloudSite):
        return _cloud_engines(blueprint, site).get(capability)
    return _cluster_engines(blueprint, site).get(capability)


def _cloud_engines(blueprint: Blueprint, site: CloudSite) -> dict[C, str | None]:
    """The cloud's own, or what is there already; inside the cluster the same as everywhere."""
    ingress = site.ingress and ("attach" if site.ingress.attach else NATIVE)
    return {
        **_inside(blueprint, site),
        C.ACCOUNT: NATIVE,
        C.VPC: _made(site.network.attach),
        C.BORDER: NATIVE,
        C.ENDPOINT_SERVICE: NATIVE,
        C.KMS: _made(site.encryption.attach),
        C.CLUSTER: "attach" if site.cluster.attach else site.cluster.mode,
        C.IDENTITY: NATIVE,
        C.AUDIT_LOG: _made(site.audit.attach),
        C.OBJECT_STORE: _made(site.object_store.attach),
        C.DATABASE: "attach" if site.database.attach else site.database.offer,
        C.CACHE: "attach" if site.cache.attach else _cache(blueprint, site),
        C.GPU_POOL: NATIVE,
        C.INGRESS: ingress,
        C.IMAGE_REGISTRY: _made(site.image_registry.attach),
        C.BUDGET: NATIVE if blueprint.budget or site.costs.quota else None,
        C.METRICS: NATIVE,
        C.DEVICES: NATIVE,
        C.DETECTION: NATIVE if watched(blueprint, site) else None,
    }


def _made(attach: object) -> str:
    return NATIVE if attach is None else "attach"


def watched(blueprint: Blueprint, site: CloudSite) -> bool:
    """Whether the account is watched: as the site says, or because compliance asks for it."""
    return bool(blueprint.compliance) if site.detection is None else site.detection


def _inside(blueprint: Blueprint, site: AnySite) -> dict[C, str | None]:
    """What a cluster has, whoever runs it."""
    return {
        C.NETWORK: "network-policies",
        C.ACCESS: "rbac",
        C.GOVERNANCE: "admission-policies",
        C.KEYS: _keys(blueprint, site),
        C.EAST_WEST: "envoy-gateway",
        C.SECRETS: site.secrets.engine or ("external-secrets" if site.secrets.attach else NATIVE),
    }


def _cluster_engines(blueprint: Blueprint, site: ClusterSite) -> dict[C, str | None]:
    ingress = site.ingress and ("attach" if site.ingress.attach else site.ingress.engine)
    return {
        **_inside(blueprint, site),
        C.CLUSTER: "attach",
        C.IDENTITY: "service-accounts",
        C.AUDIT_LOG: "attach" if site.audit.attach else "policy",
        C.OBJECT_STORE: "attach" if site.object_store.attach else site.object_store.engine,
        C.DATABASE: _database(blueprint, site),
        C.CACHE: "attach" if site.cache.attach else _cache(blueprint, site),
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


def _cache(blueprint: Blueprint, site: ClusterSite | CloudSite) -> str:
    online = blueprint.features.online if blueprint.features else OnlineStore.VALKEY
    asked = online if online in ONLINE_CACHES else OnlineStore.VALKEY
    return str(site.cache.engine or asked)


def _keys(blueprint: Blueprint, site: AnySite) -> str | None:
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
