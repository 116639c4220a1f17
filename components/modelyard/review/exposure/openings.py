"""What a cluster opens: Gateways, routes, Services, Ingresses, charts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from modelyard.policies.rule import at, items, objects
from modelyard.review.exposure import gateways
from modelyard.review.exposure.balancers import balancer_sources
from modelyard.review.exposure.way import (
    LB,
    NETWORK,
    NOBODY_ASKED,
    PLAIN,
    Exposure,
    Ways,
    made,
    sources_of,
)
from modelyard.review.view import View, metadata

if TYPE_CHECKING:
    from modelyard.recorder import Resource


def routes(view: View) -> Iterator[Exposure]:
    """Every host name of every route, for each Gateway that it hangs on."""
    for route in view.of(*gateways.ROUTES):
        for parent in gateways.parents(view, route):
            yield made(
                view,
                route,
                "host name",
                ", ".join(gateways.hosts(route, parent)),
                sources=_gateway_sources(view, parent),
                authentication=gateways.authentication(view, route, parent),
                behind=gateways.backends(route),
                guards=gateways.guards(view, parent),
            )


def _gateway_sources(view: View, parent: gateways.Parent) -> tuple[str, ...]:
    """Where requests to a Gateway come from, through whatever stands before it."""
    if parent.gateway is None:
        return ("wherever the attached gateway is reached from",)
    if own := gateways.own_sources(view, parent.gateway):
        return tuple(each for one in own for each in sources_of([one]))
    found: list[str] = []
    for listener in gateways.listeners_before(view, parent.gateway):
        for balancer in view.behind(listener, "loadBalancerArn", LB):
            found += balancer_sources(view, balancer, listener.inputs.get("port"))
    for outer in gateways.gateways_before(view, parent.gateway):
        found += _gateway_sources(view, gateways.Parent(outer))
    return sources_of(found) if found else (NETWORK,)


def _gateway(view: View, it: Resource) -> Iterator[Exposure]:
    for listener in objects(it.inputs, "spec", "listeners"):
        tls = listener.get("protocol") in ("HTTPS", "TLS")
        host = listener.get("hostname") or "*"
        yield made(
            view,
            it,
            "gateway",
            f"{listener.get('protocol')}:{listener.get('port')} {host}",
            sources=_gateway_sources(view, gateways.Parent(it, str(listener.get("name") or ""))),
            authentication=["TLS"] if tls else [PLAIN],
            behind=gateways.routes_through(view, it, str(listener.get("name") or "")),
            guards=gateways.guards(view, gateways.Parent(it)),
        )


def _service(view: View, it: Resource) -> Iterator[Exposure]:
    spec = it.inputs.get("spec")
    form = at(spec, "type")
    outside = items(spec, "externalIPs")
    if form not in ("LoadBalancer", "NodePort") and not outside:
        return
    listed = items(spec, "loadBalancerSourceRanges")
    balanced = (
        sources_of(listed) if listed else ("wherever the cluster's load balancer is reached",)
    )
    ports = ", ".join(str(each.get("port")) for each in objects(spec, "ports"))
    yield made(
        view,
        it,
        f"Service of type {form or 'ClusterIP with externalIPs'}",
        ports,
        sources=balanced if form == "LoadBalancer" else (NETWORK,),
        authentication=gateways.server_authentication(view, it) or [NOBODY_ASKED],
        behind=["/".join(metadata(it))],
    )


def _ingress(view: View, it: Resource) -> Iterator[Exposure]:
    tls = bool(at(it.inputs, "spec", "tls"))
    hosts = [str(each.get("host") or "*") for each in objects(it.inputs, "spec", "rules")]
    yield made(
        view,
        it,
        "host name",
        ", ".join(hosts),
        sources=("wherever the cluster's Ingress is reached",),
        authentication=["TLS"] if tls else [NOBODY_ASKED],
        behind=["/".join(metadata(it))],
    )


def _release(view: View, it: Resource) -> Iterator[Exposure]:
    """What a chart is told to open."""
    for path, form in _opened(it.inputs.get("values"), ""):
        yield made(
            view,
            it,
            f"chart's {form}",
            path,
            sources=("wherever the cluster's load balancer is reached",),
            authentication=["as the chart has it"],
            behind=[f"chart {it.inputs.get('chart')}"],
        )


def _opened(values: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(values, Mapping):
        return
    for key, value in values.items():
        here = f"{path}.{key}" if path else str(key)
        if key == "ingress" and at(value, "enabled") is True:
            yield here, "Ingress"
        elif key == "type" and value in ("LoadBalancer", "NodePort"):
            yield path, str(value)
        else:
            yield from _opened(value, here)


WAYS: Ways = {
    gateways.GATEWAY: _gateway,
    "kubernetes:core/v1:Service": _service,
    "kubernetes:networking.k8s.io/v1:Ingress": _ingress,
    "kubernetes:helm.sh/v3:Release": _release,
}
