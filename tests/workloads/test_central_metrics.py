"""Metrics of several sites in one place: sent with a password, received on one path, watched."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.plan.blueprints import blueprint
from tests.plan.test_far import TRUSTED, joined
from tests.support.parts import manifest

from modelyard.catalog.charts import charts
from modelyard.catalog.images import image
from modelyard.plan.capability import Capability as C
from modelyard.plan.plan import Plan, make_plan
from modelyard.program import record_plan
from modelyard.recorder import Graph
from modelyard.workloads.central_metrics import _line

HASHED = "MXmmXv8lI7veU8mbKZtxnBCjUjU="
LINK = "links: [{from: plant, to: hub, via: vpn, carries: [metrics]}]"


def watched(hub: str = TRUSTED, monitoring: str = "", links: str = LINK) -> Plan:
    text = f"""
        sites: {{hub: {{kind: kubernetes, {hub}}}, plant: {{kind: onprem}}}}
        monitoring: {{retention: 30d, {monitoring}}}
        models: [{{name: m, type: predictive, source: 'hf://a/b', on: plant}}]
        {links}
    """
    return make_plan(blueprint(text), joined())


@cache
def graph() -> Graph:
    return record_plan(watched(), deployed=True)


def found(site: str, kind: str, name: str) -> Any:
    """An object, or the values of a release, in the cluster of a site."""
    [only] = [
        manifest(r)
        for r in graph()
        if r.inputs.get("kind") == kind
        and manifest(r)["metadata"]["name"] == name
        and (r.provider or "").endswith(f"yard{site}-cluster")
    ]
    return only


def values(site: str) -> Any:
    """What the chart of Prometheus is told on a site."""
    [release] = [
        r
        for r in graph()
        if r.inputs.get("name") == "kube-prometheus-stack"
        and (r.provider or "").endswith(f"yard{site}-cluster")
    ]
    return release.inputs["values"]


def test_a_site_sends_what_it_has_with_its_name_and_its_password() -> None:
    spec = values("-plant")["prometheus"]["prometheusSpec"]
    assert spec["externalLabels"] == {"site": "plant"}
    [to] = spec["remoteWrite"]
    assert to["url"] == "https://metrics.hub.example/api/v1/write"
    kept = found("-plant", "Secret", to["basicAuth"]["password"]["name"])
    assert kept["metadata"]["namespace"] == "monitoring"
    assert set(kept["stringData"]) == {"username", "password"}


def test_where_they_come_together_the_site_sends_its_own_as_well() -> None:
    spec = values("")["prometheus"]["prometheusSpec"]
    assert spec["externalLabels"] == {"site": "hub"}
    service = found("", "Service", "central")
    host = f"central.{service['metadata']['namespace']}.svc"
    assert [to["url"] for to in spec["remoteWrite"]] == [f"http://{host}:9090/api/v1/write"]
    [source] = values("")["grafana"]["additionalDataSources"]
    assert source["url"] == f"http://{host}:9090"


def test_only_who_has_a_password_gets_in_and_only_to_write() -> None:
    route = found("", "HTTPRoute", "metrics")
    [rule] = route["spec"]["rules"]
    assert rule["matches"] == [{"path": {"type": "Exact", "value": "/api/v1/write"}}]
    policy = found("", "SecurityPolicy", "metrics")
    assert policy["metadata"]["namespace"] == route["metadata"]["namespace"]
    assert policy["spec"]["targetRefs"][0]["name"] == "metrics"
    users = found("", "Secret", policy["spec"]["basicAuth"]["users"]["name"])
    assert set(users["stringData"]) == {".htpasswd"}


def test_a_line_of_users_is_what_htpasswd_would_write() -> None:
    """`printf correct | openssl sha1 -binary | base64`."""
    assert _line("plant")("correct") == "plant:{SHA}" + HASHED


def test_its_pods_are_reached_by_the_gateway_and_by_monitoring_alone() -> None:
    rules = found("", "NetworkPolicy", "central")["spec"]["ingress"]
    [rule] = rules
    names = {
        each["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for each in rule["from"]
    }
    assert names == {"envoy-gateway-system", "monitoring"}


def test_a_site_that_falls_silent_is_told_of() -> None:
    prometheus = found("", "Prometheus", "central")
    rule = found("", "PrometheusRule", "site-plant")
    wanted = prometheus["spec"]["ruleSelector"]["matchLabels"]
    assert wanted.items() <= rule["metadata"]["labels"].items()
    [alert] = rule["spec"]["groups"][0]["rules"]
    assert alert["alert"] == "SiteSilent"
    assert 'site="plant"' in alert["expr"]
    assert 'site="hub"' in alert["expr"]


def test_its_image_is_the_charts() -> None:
    prometheus = image("prometheus")
    assert f"{prometheus.repository}:{prometheus.tag}" in charts()["kube-prometheus-stack"].images


def test_without_a_link_that_carries_metrics_nothing_is_sent() -> None:
    plan = watched(links=LINK.replace("metrics", "artifacts"))
    assert [p.site for p in plan.capabilities if p.capability is C.MONITORING] == ["hub"]
    kinds = {r.inputs.get("kind") for r in record_plan(plan)}
    assert "Prometheus" not in kinds


@pytest.mark.parametrize(
    ("hub", "monitoring", "why"),
    [
        ("", "", "that site has no way in"),
        ("ingress: {domain: hub.example}", "", "trusts the certificate"),
        (
            "ingress: {attach: {name: g, namespace: n, domain: hub.example}}",
            "",
            "asks no password for us",
        ),
        (TRUSTED, "attach: {url: 'http://p.m:9090', namespace: m}", "run by somebody else"),
    ],
    ids=["no way in", "a certificate of its own", "another's gateway", "another's Prometheus"],
)
def test_what_keeps_metrics_from_the_other_site_is_said(
    hub: str, monitoring: str, why: str
) -> None:
    found = [f for f in watched(hub, monitoring).errors if f.path[0] == "monitoring"]
    [only] = found
    assert "monitoring on 'plant' needs the monitoring, which stands on 'hub'" in only.what
    assert why in only.what
