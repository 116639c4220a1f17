"""Objects of the Gateway API, and how Envoy Gateway marks what it makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_API = "gateway.networking.k8s.io/v1"
OWNER = "gateway.envoyproxy.io/owning-gateway"
"""Begins the labels of a Gateway's proxies, which are in the controller's namespace."""


def gateway_object(kind: str, name: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"apiVersion": _API, "kind": kind, "metadata": {"name": name}, "spec": spec}


def listener_for(name: str, port: int, domain: str, namespaces: list[str]) -> Mapping[str, Any]:
    within = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": namespaces}
    allowed = {"from": "Selector", "selector": {"matchExpressions": [within]}}
    return {
        "name": name,
        "port": port,
        "protocol": "HTTP",
        "hostname": f"*.{domain}",
        "allowedRoutes": {"namespaces": allowed},
    }


def route_to(
    name: str, host: str, parent: Mapping[str, str], rule: Mapping[str, Any]
) -> Mapping[str, Any]:
    spec = {"parentRefs": [parent], "hostnames": [host], "rules": [rule]}
    return gateway_object("HTTPRoute", name, spec)


def rule_to(
    service: str, port: int, path: str | None, mirror: str | None = None
) -> Mapping[str, Any]:
    """To a Service, and to another one what the first is asked, whose answers nobody gets."""
    to: Mapping[str, Any] = {"backendRefs": [{"name": service, "port": port}]}
    if mirror:
        copied = {"backendRef": {"name": mirror, "port": port}}
        to = {**to, "filters": [{"type": "RequestMirror", "requestMirror": copied}]}
    if path is None:
        return to
    return {"matches": [{"path": {"type": "Exact", "value": path}}], **to}
