"""Feast's `feature_store.yaml`: that of its servers, and that of its clients."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.blueprint.data_plane import OnlineStore
from modelyard.contracts.cache import Cache
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.features import FeaturesArgs


def project(scope: str) -> str:
    """Feast's name of the project: letters, digits and underscores."""
    return re.sub(r"[^A-Za-z0-9]", "_", scope)


def server_settings(args: FeaturesArgs) -> Mapping[str, Any]:
    """Without secrets: those are added where the file is written, in the pod."""
    registry = {"registry_type": "sql", "cache_ttl_seconds": 60}
    return {
        **_head(args),
        "registry": {**registry, "sqlalchemy_config_kwargs": {"pool_pre_ping": True}},
        "online_store": _online(args),
        "offline_store": {"type": "postgres"},
    }


def client_settings(
    args: FeaturesArgs, registry: Endpoint, online: Endpoint, offline: Endpoint
) -> Mapping[str, Any]:
    """For the SDK: every store is one of the servers."""
    return {
        **_head(args),
        "registry": {"registry_type": "remote", "path": f"{registry.host}:{registry.port}"},
        "online_store": {"type": "remote", "path": online.url},
        "offline_store": {"type": "remote", "host": offline.host, "port": offline.port},
    }


def secrets(args: FeaturesArgs) -> Environment:
    """What the file is completed with."""
    found: dict[str, Any] = {"DATABASE_URI": args.database.access("features").secret.key("uri")}
    if kept := cache(args):
        found["CACHE_PASSWORD"] = kept.secret.key("password")
        if kept.authority:
            found["CACHE_AUTHORITY"] = kept.secret.key(kept.authority)
    return found


def stores(args: FeaturesArgs) -> list[Endpoint]:
    """What everything of Feast's reaches."""
    kept = cache(args)
    return [args.database.access("features").endpoint, *([kept.endpoint] if kept else [])]


def cache(args: FeaturesArgs) -> Cache | None:
    """The cache that keeps online features; None when PostgreSQL does."""
    if args.settings.online is OnlineStore.POSTGRES:
        return None
    assert args.cache is not None  # the placement of such an online store needs one
    return args.cache


def _head(args: FeaturesArgs) -> dict[str, Any]:
    return {
        "project": project(args.context.scope),
        "provider": "local",
        # Who may call is a matter of NetworkPolicies: Feast's own way needs permissions in every
        # feature repository.
        "auth": {"type": "no_auth"},
        "entity_key_serialization_version": 3,
    }


def _online(args: FeaturesArgs) -> Mapping[str, Any]:
    kept = cache(args)
    if kept is None:
        return {"type": "postgres", "conn_type": "pool"}
    tls = ",ssl=true" if kept.tls else ""
    where = pulumi.Output.concat(kept.endpoint.host, f":{kept.endpoint.port}{tls}")
    return {"type": "redis", "connection_string": where}
