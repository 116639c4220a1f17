"""What an Envoy Gateway needs to hand requests on to another site's gateway.

Fields of Envoy Gateway 1.9 (`gateway.envoyproxy.io/v1alpha1`) and of the Gateway API beside it. A
rule with a fallback is one cluster of Envoy's, and the other site its second priority.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelyard.contracts.ingress import Overflow

_GROUP, _API = "gateway.envoyproxy.io", "gateway.networking.k8s.io"
_FULL = (429, 503)
"""What servers answer that have no room, or no replica."""
_LIMIT = "16Mi"
"""Of a request that is kept until it is answered, so that it can be sent again; larger ones are
refused (413). Envoy sends nothing again that is larger than its buffer, 32Ki by default."""


def beside(name: str, overflow: Overflow) -> tuple[Mapping[str, Any], ...]:
    """The other site as a backend, whom to believe that it is that one, and when to ask it."""
    there = {"fqdn": {"hostname": overflow.through or overflow.host, "port": overflow.port}}
    spare = {} if overflow.everything else {"fallback": True}
    backend = _object(f"{_GROUP}/v1alpha1", "Backend", name, {"endpoints": [there], **spare})
    target = {"group": _GROUP, "kind": "Backend", "name": _named(name)}
    known = {"hostname": overflow.host, "wellKnownCACertificates": "System"}
    tls = _object(
        f"{_API}/v1", "BackendTLSPolicy", name, {"targetRefs": [target], "validation": known}
    )
    route = {"group": _API, "kind": "HTTPRoute", "name": name}
    spec = {"targetRefs": [route], "healthCheck": _health(overflow), **_again(overflow)}
    policy = _object(f"{_GROUP}/v1alpha1", "BackendTrafficPolicy", name, spec)
    # Whoever shows our certificate there looks at theirs as well.
    return (backend, policy) if overflow.through else (backend, tls, policy)


def handed_on(name: str, rule: Mapping[str, Any], overflow: Overflow) -> Mapping[str, Any]:
    """A route's rule with the other site behind the own replicas, or in their place.

    The host becomes the one that the other gateway knows; the own replicas do not look at it.
    """
    ref = {"group": _GROUP, "kind": "Backend", "name": _named(name), "port": overflow.port}
    own = [] if overflow.everything else rule["backendRefs"]
    rewrite = {"type": "URLRewrite", "urlRewrite": {"hostname": overflow.through or overflow.host}}
    return {**rule, "filters": [rewrite], "backendRefs": [*own, ref]}


def _health(overflow: Overflow) -> Mapping[str, Any]:
    """A replica is out while it does not answer its probe, or cannot be reached.

    Not for answers with a 5xx: that is how one says that it is full, and it works all the same.
    """
    passive = {
        "splitExternalLocalOriginErrors": True,
        "consecutiveLocalOriginFailures": 3,
        "consecutive5XxErrors": 0,
        "consecutiveGatewayErrors": 0,
        "maxEjectionPercent": 100,
        "baseEjectionTime": "30s",
    }
    if overflow.health is None:
        return {"passive": passive}
    active = {
        "type": "HTTP",
        "http": {"path": overflow.health, "hostname": overflow.through or overflow.host},
        "interval": "5s",
        "timeout": "3s",
        "unhealthyThreshold": 3,
        "healthyThreshold": 1,
    }
    return {"active": active, "passive": passive}


def _again(overflow: Overflow) -> Mapping[str, Any]:
    """Once more, and then by the other site, where the own one had no room."""
    if overflow.everything:
        return {}
    triggers = ["connect-failure", "refused-stream", "retriable-status-codes"]
    retry = {
        "numRetries": 1,
        "numAttemptsPerPriority": 1,
        "retryOn": {"triggers": triggers, "httpStatusCodes": list(_FULL)},
    }
    return {"retry": retry, "requestBuffer": {"limit": _LIMIT}}


def _named(name: str) -> str:
    return f"{name}-elsewhere"


def _object(api: str, kind: str, name: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    named = name if kind == "BackendTrafficPolicy" else _named(name)
    return {"apiVersion": api, "kind": kind, "metadata": {"name": named}, "spec": spec}
