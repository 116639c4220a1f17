"""The way in: encrypted where there are certificates, and open to the platform's routes alone."""

from __future__ import annotations

from typing import Any

from tests.support.facilities import GPUS, Facilities, site, stood

from modelyard.contracts.context import Purpose
from modelyard.objects.objects import Objects
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph

INGRESS = f"ingress: {{domain: ml.example}}, {GPUS}"
TLS = f"keys: {{engine: cert-manager}}, {INGRESS}"


def routed(text: str, kind: str = "kubernetes") -> tuple[Graph, str]:
    """The graph with one more route, and where that answers."""

    def route(platform: Facilities) -> Any:
        place = platform.part(C.IDENTITY).namespaces[Purpose.PRODUCTION]
        ingress, cluster = platform.part(C.INGRESS), platform.part(C.CLUSTER)
        objects = Objects(ingress, "yard-one", cluster, place, {})
        return ingress.route(objects, "chat", "chat", 8000)

    return stood(site(text, kind=kind), route)


def one(graph: Graph, kind: str, name: str) -> Any:
    return next(
        r.inputs
        for r in graph
        if r.inputs.get("kind") == kind and r.inputs["metadata"]["name"] == name
    )


def test_without_certificates_it_is_http() -> None:
    graph, url = routed(INGRESS)
    assert url == "http://chat.ml.example"
    (listener,) = one(graph, "Gateway", "gateway")["spec"]["listeners"]
    assert (listener["protocol"], listener["port"]) == ("HTTP", 80)
    assert one(graph, "HTTPRoute", "chat")["spec"]["parentRefs"][0]["sectionName"] == "http"


def test_with_certificates_it_is_https_and_http_only_points_there() -> None:
    graph, url = routed(TLS)
    assert url == "https://chat.ml.example"
    listeners = {li["name"]: li for li in one(graph, "Gateway", "gateway")["spec"]["listeners"]}
    certificate = one(graph, "Certificate", "gateway")["spec"]
    assert certificate["dnsNames"] == ["*.ml.example"]
    refs = listeners["https"]["tls"]["certificateRefs"]
    assert refs == [{"name": certificate["secretName"]}]
    assert one(graph, "HTTPRoute", "chat")["spec"]["parentRefs"][0]["sectionName"] == "https"
    (rule,) = one(graph, "HTTPRoute", "redirect")["spec"]["rules"]
    assert rule["filters"][0]["requestRedirect"]["scheme"] == "https"


def test_other_tenants_of_the_cluster_cannot_attach_routes() -> None:
    graph, _ = routed(TLS)
    for listener in one(graph, "Gateway", "gateway")["spec"]["listeners"]:
        (within,) = listener["allowedRoutes"]["namespaces"]["selector"]["matchExpressions"]
        assert set(within["values"]) == {f"yard-{purpose}" for purpose in Purpose}


def test_requests_come_from_the_proxies_of_this_gateway_alone() -> None:
    def ask(platform: Facilities) -> Any:
        return platform.part(C.INGRESS).peer

    _, peer = stood(site(INGRESS), ask)
    assert peer.namespace == "envoy-gateway-system"
    assert peer.labels == {
        "gateway.envoyproxy.io/owning-gateway-name": "gateway",
        "gateway.envoyproxy.io/owning-gateway-namespace": "yard-platform",
    }


def test_an_attached_gateway_gets_routes_and_nothing_else() -> None:
    attach = (
        f"ingress: {{attach: {{name: shared, namespace: gateways, domain: b.example}}}}, {GPUS}"
    )
    graph, url = routed(attach)
    assert url == "http://chat.b.example"
    route = one(graph, "HTTPRoute", "chat")
    assert route["spec"]["parentRefs"] == [{"name": "shared", "namespace": "gateways"}]
    assert not [r for r in graph if r.inputs.get("kind") in ("Gateway", "GatewayClass")]


def test_without_a_load_balancer_the_proxy_takes_a_port_of_every_node() -> None:
    graph, _ = routed(TLS, kind="onprem")
    proxy = one(graph, "EnvoyProxy", "gateway")
    service = proxy["spec"]["provider"]["kubernetes"]["envoyService"]
    assert service == {"type": "NodePort"}
    parameters = one(graph, "GatewayClass", "yard")["spec"]["parametersRef"]
    assert (parameters["kind"], parameters["namespace"]) == ("EnvoyProxy", "yard-platform")
    # Nobody knows on which port of the node HTTPS is.
    assert not [r for r in graph if r.inputs.get("metadata", {}).get("name") == "redirect"]
