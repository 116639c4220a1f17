"""A link by certificate: what asks has one, what answers knows whom to let in, and nothing else."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.plan.blueprints import plan
from tests.support import shipped
from tests.support.parts import manifest
from tests.support.sdk_types import outputs_problems

from modelyard.program import plan_file, record_plan
from modelyard.recorder import Graph, Secret, check_inputs
from modelyard.recorder.values import plain
from modelyard.review.exposure.ways import exposures
from modelyard.review.view import View

CERTIFICATE = "tls:index/locallySignedCert:LocallySignedCert"
KEY = "tls:index/privateKey:PrivateKey"
POLICY = "kubernetes:gateway.envoyproxy.io/v1alpha1:ClientTrafficPolicy"
GATEWAY = "kubernetes:gateway.networking.k8s.io/v1"
REQUEST = "tls:index/certRequest:CertRequest"


@cache
def graph() -> Graph:
    made = plan_file(shipped.FOLDER / "edge-fleet.yaml", "internet").plan
    assert not made.errors
    return record_plan(made, deployed=True)


def found(site: str, kind: str, name: str) -> Any:
    """An object in the cluster of a site."""
    [only] = [
        manifest(r)
        for r in graph()
        if r.inputs.get("kind") == kind
        and manifest(r)["metadata"]["name"] == name
        and (r.provider or "").endswith(f"counter{site}-cluster")
    ]
    return only


def of(token: str) -> dict[str, dict[str, Any]]:
    return {it.name: plain(dict(it.inputs)) for it in graph().of_type(token)}


def test_the_sdk_knows_every_input() -> None:
    assert [str(it) for it in check_inputs(graph())] == []
    assert outputs_problems(graph()) == []


def test_one_authority_signs_for_the_gateway_and_for_each_shop() -> None:
    [authority] = of("tls:index/selfSignedCert:SelfSignedCert").values()
    assert authority["isCaCertificate"] is True
    assert authority["maxPathLength"] == 0, "what it has signed signs nothing"
    uses = {name: it["allowedUses"][-1] for name, it in of(CERTIFICATE).items()}
    shops = ("altona", "barmbek", "eppendorf")
    assert uses == {
        "counter-east-west-gateway": "server_auth",
        **{f"counter-shops-{shop}-link-hub-public-mtls": "client_auth" for shop in shops},
    }
    hosts = {name: it["dnsNames"] for name, it in of(REQUEST).items()}
    assert hosts["counter-east-west-gateway"] == ["*.links.hub.grocer.example"]


def test_no_key_is_in_the_clear() -> None:
    for resource in graph():
        if resource.type == KEY:
            assert {"privateKeyPem", "privateKeyOpenssh"} <= set(resource.additional_secret_outputs)
        if resource.type == CERTIFICATE:
            assert isinstance(resource.inputs["caPrivateKeyPem"], Secret)


def test_a_shop_has_its_own_key_and_no_other() -> None:
    kept = found("-shops-altona", "Secret", "egress-to-hub")["stringData"]
    assert set(kept) == {"tls.crt", "tls.key", "ca.crt"}
    mine = [r for r in graph() if "tls" in r.type and "shops-altona" in r.name]
    assert {r.type for r in mine} == {CERTIFICATE, KEY, REQUEST}


def test_the_hub_lets_in_whom_it_has_a_link_to() -> None:
    policy = found("", "ClientTrafficPolicy", "links")["spec"]
    [target] = policy["targetRefs"]
    assert (target["kind"], target["name"]) == ("Gateway", "links")
    assert policy["tls"]["minVersion"] == "1.3"
    validation = policy["tls"]["clientValidation"]
    [known] = validation["caCertificateRefs"]
    assert set(found("", known["kind"], known["name"])["data"]) == {"ca.crt"}
    names = [it["value"] for it in validation["subjectAltNames"]["dnsNames"]]
    assert names == [
        f"shops-{shop}.counter-internet.internal" for shop in (*("altona", "barmbek", "eppendorf"),)
    ]
    assert "mode" not in validation, "whoever shows none is refused: the default"


def test_its_gateway_is_one_of_its_own_and_comes_after_who_may_enter() -> None:
    [listener] = found("", "Gateway", "links")["spec"]["listeners"]
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert listener["hostname"] == "*.links.hub.grocer.example"
    [gateway] = [
        it for it in graph().of_type(f"{GATEWAY}:Gateway") if it.name.endswith("east-west-gateway")
    ]
    [policy] = graph().of_type(POLICY)
    assert policy.urn in gateway.dependencies


def test_what_is_published_there_is_what_links_carry() -> None:
    routes = {
        manifest(r)["metadata"]["name"]: manifest(r)["spec"]
        for r in graph().of_type(f"{GATEWAY}:HTTPRoute")
    }
    by_certificate = {
        n: it["hostnames"] for n, it in routes.items() if it["parentRefs"][0]["name"] == "links"
    }
    assert by_certificate == {
        "metrics-links": ["metrics.links.hub.grocer.example"],
        "mlflow-links": ["mlflow.links.hub.grocer.example"],
    }
    assert "metrics" not in routes, "nobody sends metrics by the way of people"
    assert routes["mlflow"]["parentRefs"][0]["name"] == "gateway", "people still come in"


def test_metrics_still_ask_for_the_password_of_each_shop() -> None:
    policy = found("", "SecurityPolicy", "metrics")["spec"]
    assert [it["name"] for it in policy["targetRefs"]] == ["metrics-links"]
    assert policy["basicAuth"]


def test_the_registry_knows_the_name_that_it_is_called_by() -> None:
    [server, *_] = found("", "Deployment", "mlflow")["spec"]["template"]["spec"]["containers"]
    told = {it["name"]: it.get("value") for it in server["env"]}
    hosts = str(told["MLFLOW_SERVER_ALLOWED_HOSTS"]).split(",")
    assert "mlflow.links.hub.grocer.example" in hosts
    allowed = found("", "NetworkPolicy", "mlflow")["spec"]["ingress"]
    proxies = [
        p["podSelector"]["matchLabels"]
        for rule in allowed
        for p in rule["from"]
        if "podSelector" in p
    ]
    owner = "gateway.envoyproxy.io/owning-gateway-name"
    assert {"gateway", "links"} <= {it.get(owner) for it in proxies}


SERVICE = "mlflow-at-hub.counter-internet-platform.svc"


def test_a_shop_asks_a_service_of_its_own() -> None:
    pod = found("-shops-altona", "DaemonSet", "shelf-gaps")["spec"]["template"]["spec"]
    told = {
        it["name"]: it
        for c in (*pod.get("initContainers", ()), *pod["containers"])
        for it in c["env"]
    }
    assert told["MLFLOW_TRACKING_URI"]["value"] == f"http://{SERVICE}:8080"
    rules = found("-shops-altona", "NetworkPolicy", "shelf-gaps")["spec"]["egress"]
    assert {p["port"] for rule in rules for p in rule["ports"]} == {8080}, "not outside"
    [release] = [
        r
        for r in graph()
        if r.inputs.get("name") == "kube-prometheus-stack"
        and (r.provider or "").endswith("counter-shops-altona-cluster")
    ]
    [to] = release.inputs["values"]["prometheus"]["prometheusSpec"]["remoteWrite"]
    assert to["url"] == f"http://{SERVICE.replace('mlflow', 'metrics')}:8080/api/v1/write"


def test_services_lead_to_the_one_that_has_the_key() -> None:
    pods = found("-shops-altona", "Deployment", "egress-to-hub")["spec"]["selector"]["matchLabels"]
    for name in ("mlflow-at-hub", "metrics-at-hub"):
        assert found("-shops-altona", "Service", name)["spec"]["selector"] == pods
    policy = found("-shops-altona", "NetworkPolicy", "egress-to-hub")["spec"]
    assert [rule["ports"] for rule in policy["egress"]] == [[{"port": 443, "protocol": "TCP"}]]


def test_it_warns_before_its_certificate_ends() -> None:
    [group] = found("-shops-altona", "PrometheusRule", "egress-to-hub")["spec"]["groups"]
    assert [rule["alert"] for rule in group["rules"]] == ["LinkCertificateExpires", "LinkDown"]
    monitor = found("-shops-altona", "PodMonitor", "egress-to-hub")["spec"]
    assert monitor["podMetricsEndpoints"][0]["path"] == "/stats/prometheus"


def test_a_review_says_that_certificates_are_asked_for() -> None:
    made = plan_file(shipped.FOLDER / "edge-fleet.yaml", "internet").plan
    ways = {way.address: way.authentication for way in exposures(View(made, graph()))}
    there = next(ways[each] for each in ways if "metrics.links.hub" in each)
    assert there == ("TLS", "client certificate", "login")


ON_PORTS = """
    sites:
      hub:
        kind: onprem
        storage_class: local-path
        ingress: {domain: hub.example}
        load_balancer: {engine: node-port, node_port: 31443}
      plant: {kind: onprem, storage_class: local-path}
    links: [{from: plant, to: hub, via: public-mtls, carries: [artifacts]}]
    registry: {on: hub}
    models: [{name: m, type: predictive, source: 'models:/m@champion', on: plant}]
"""


def test_without_load_balancers_others_come_in_by_a_port_that_is_known() -> None:
    made = record_plan(plan(ON_PORTS), deployed=True)
    by = {(it["kind"], it["metadata"]["name"]): it for it in map(manifest, made) if "kind" in it}
    own = by["Gateway", "links"]["spec"]["infrastructure"]["parametersRef"]
    assert (own["kind"], own["name"]) == ("EnvoyProxy", "links")
    service = by[own["kind"], own["name"]]["spec"]["provider"]["kubernetes"]["envoyService"]
    assert service["type"] == "NodePort"
    assert service["patch"]["value"]["spec"]["ports"] == [
        {"port": 443, "protocol": "TCP", "nodePort": 31443}
    ]
    # Two Services cannot have one port: the way in of people keeps the proxies of the class.
    people = by["EnvoyProxy", "gateway"]["spec"]["provider"]["kubernetes"]["envoyService"]
    assert people == {"type": "NodePort"}
    assert "infrastructure" not in by["Gateway", "gateway"]["spec"]


def test_with_a_load_balancer_the_class_tells_what_stands_there() -> None:
    assert "infrastructure" not in found("", "Gateway", "links")["spec"]


FALLS_BACK = """
    sites:
      hub: {kind: kubernetes, ingress: {domain: hub.example}}
      plant: {kind: onprem, storage_class: local-path, ingress: {domain: plant.example}}
    links: [{from: plant, to: hub, via: public-mtls, carries: [artifacts, requests]}]
    registry: {on: hub}
    models:
      - name: m
        type: predictive
        source: models:/m@champion
        on: plant
        serve: {engine: mlflow, expose: gateway, fallback: {on: hub}}
"""


def test_a_gateway_hands_on_to_what_has_the_certificate() -> None:
    made = record_plan(plan(FALLS_BACK), deployed=True)
    at_plant = [manifest(r) for r in made if (r.provider or "").endswith("yard-plant-cluster")]
    by = {(it["kind"], it["metadata"]["name"]): it for it in at_plant if "kind" in it}
    there = "m-at-hub.yard-platform.svc"
    [endpoint] = by["Backend", "m-elsewhere"]["spec"]["endpoints"]
    assert endpoint == {"fqdn": {"hostname": there, "port": 8080}}
    assert ("BackendTLSPolicy", "m-elsewhere") not in by, "what it asks is in this cluster"
    [rule] = by["HTTPRoute", "m"]["spec"]["rules"]
    assert rule["filters"][0]["urlRewrite"]["hostname"] == there
    health = by["BackendTrafficPolicy", "m"]["spec"]["healthCheck"]["active"]
    assert health["http"]["hostname"] == there
    allowed = by["NetworkPolicy", "egress-to-hub"]["spec"]["ingress"]
    [callers] = [rule["from"] for rule in allowed if rule["ports"][0]["port"] == 8080]
    proxies = [it for it in callers if "podSelector" in it]
    assert "gateway" in str(proxies), "the proxies of the gateway"
    published = {r.name for r in made.of_type(f"{GATEWAY}:HTTPRoute")}
    assert "yard-serving-m-m-links" in published


def test_who_has_gone_is_let_in_no_longer(tmp_path: Path) -> None:
    text = (shipped.FOLDER / "edge-fleet.yaml").read_text(encoding="utf-8")
    file = tmp_path / "edge-fleet.yaml"
    file.write_text(text.replace(", eppendorf]", "]"), encoding="utf-8")
    fewer = record_plan(plan_file(file, "internet").plan, deployed=True)
    [policy] = fewer.of_type(POLICY)
    assert "eppendorf" not in str(policy.inputs)
    kept = {r.urn: plain(dict(r.inputs)) for r in fewer if r.type.startswith("tls:")}
    before = {r.urn: plain(dict(r.inputs)) for r in graph() if r.urn in kept}
    assert kept == before, "nobody else needs a new certificate"


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
