"""Managed Prometheus: the cluster is watched as on any site, and Google keeps what it sees."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.aws_services import under
from tests.support.gcp_services import of, paths, roles, served

from modelyard.recorder import check_inputs
from modelyard.recorder.values import plain
from modelyard.sites.gcp.services.rule_alerts import seconds, told

MODELS = """
models:
  - name: app
    type: llm
    source: s3://weights/app/
    shape: {parameters: 8B, layers: 32, heads: 32, kv_heads: 8, head_dim: 128}
    serve: {engine: vllm, target: {p95_ms: 900}}
"""
TEXT = f"monitoring: {{engine: google-managed-prometheus}}\n{MODELS}"
PLAIN = f"monitoring: {{engine: prometheus}}\n{MODELS}"


def test_the_cluster_is_watched_as_by_its_own_prometheus() -> None:
    def inside(text: str) -> set[tuple[str, str]]:
        made = under(served(text), "PrometheusStack")
        return {(it.type, it.name) for it in made}

    assert inside(TEXT) == inside(PLAIN) != set()


def test_what_exports_scrapes_everything_and_may_only_write() -> None:
    graph = served(TEXT)
    [exporter] = graph.of_type("kubernetes:monitoring.coreos.com/v1:Prometheus")
    spec = plain(dict(exporter.inputs))["spec"]
    assert (spec["serviceMonitorSelector"], spec["podMonitorNamespaceSelector"]) == ({}, {})
    assert "ruleSelector" not in spec, "the rules are held twice already"
    assert "prometheus-engine/prometheus:" in spec["image"]
    assert spec["image"].partition(":")[2].startswith(spec["version"])
    assert spec["externalLabels"]["project_id"] == "acme-ml-prod"
    subject = f"/subject/ns/monitoring/sa/{spec['serviceAccountName']}"
    granted = {role for who, role in roles(graph) if who.endswith(subject)}
    assert granted == {"roles/monitoring.metricWriter"}


def test_google_holds_the_same_rules_and_one_that_the_cluster_cannot() -> None:
    graph = served(TEXT)
    inside = {
        rule["alert"]
        for it in graph.of_type("kubernetes:monitoring.coreos.com/v1:PrometheusRule")
        for group in plain(dict(it.inputs))["spec"]["groups"]
        for rule in group["rules"]
    }
    assert set(_conditions()) == inside | {"ClusterSilent"}


def _conditions() -> dict[str, dict[str, Any]]:
    found = [
        condition["conditionPrometheusQueryLanguage"]
        for it in of(served(TEXT), "monitoring/alertPolicy:AlertPolicy")
        for condition in it["conditions"]
        if "conditionPrometheusQueryLanguage" in condition
    ]
    return {it["alertRule"]: it for it in found}


def test_a_policy_is_made_before_there_is_anything_to_measure() -> None:
    conditions = _conditions().values()
    assert all(it["disableMetricValidation"] is True for it in conditions)
    assert {it["labels"]["severity"] for it in conditions} <= {"warning", "critical"}
    silent = _conditions()["ClusterSilent"]
    assert silent["query"] == 'absent(up{cluster="yard"})'
    assert silent["duration"] == "600s"


def test_checks_of_one_model_have_policies_of_their_own() -> None:
    rows = "reference: s3://rows/r, current: s3://rows/c/, target: t, prediction: p"
    monitor = f"    monitor: {{data: {{{rows}, task: regression}}, expected: {{rmse: 2}}}}\n"
    titles = [
        it["displayName"] for it in of(served(TEXT + monitor), "monitoring/alertPolicy:AlertPolicy")
    ]
    stale = [title for title in titles if title.endswith("CheckStale")]
    assert len(set(stale)) == len(stale) == 2


def test_the_owner_is_told() -> None:
    policies = of(served(TEXT, False), "monitoring/alertPolicy:AlertPolicy")
    assert {tuple(it["notificationChannels"]) for it in policies} == {("${yard-account-owner.id}",)}


@pytest.mark.parametrize(("text", "number"), [("30s", 30), ("10m", 600), ("1h", 3600)])
def test_durations_are_seconds(text: str, number: int) -> None:
    assert seconds(text) == number


def test_templates_of_prometheus_are_not_left_in_what_people_read() -> None:
    summary = "{{ $labels.pod }} waits for {{ $value | humanizeDuration }}"
    assert (
        told({"summary": summary, "description": "Look."})
        == "${metric.label.pod} waits for …. Look."
    )


def test_the_sdk_knows_every_input() -> None:
    assert check_inputs(served(TEXT)) == []


def test_what_cannot_be_is_refused() -> None:
    grafana = "monitoring: {engine: google-managed-prometheus, grafana: true}"
    assert paths(grafana) == ["monitoring.grafana"]
    attach = "attach: {url: 'http://p.example:9090', namespace: there}"
    found = paths(f"monitoring: {{engine: google-managed-prometheus, {attach}}}")
    assert "monitoring.attach" in found
