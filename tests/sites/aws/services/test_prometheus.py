"""Managed Prometheus: the cluster is watched as on any site, and AWS keeps what it sees."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.support.aws_services import of, paths, served, under
from tests.support.iam import Of, policies
from tests.support.iam_grants import granted

from modelyard.recorder import check_inputs
from modelyard.recorder.values import plain

MODELS = """
models:
  - name: app
    type: llm
    source: s3://weights/app/
    shape: {parameters: 8B, layers: 32, heads: 32, kv_heads: 8, head_dim: 128}
    serve: {engine: vllm, target: {p95_ms: 900}}
"""
TEXT = f"monitoring: {{engine: amazon-managed-prometheus, grafana: true}}\n{MODELS}"
PLAIN = f"monitoring: {{engine: prometheus}}\n{MODELS}"


def test_the_cluster_is_watched_as_by_its_own_prometheus() -> None:
    def inside(text: str) -> set[tuple[str, str]]:
        made = under(served(text), "PrometheusStack")
        return {(it.type, it.name) for it in made}

    assert inside(TEXT) == inside(PLAIN) != set()


def test_what_forwards_scrapes_everything_and_may_only_write() -> None:
    graph = served(TEXT, False)
    [forwarder] = graph.of_type("kubernetes:monitoring.coreos.com/v1:Prometheus")
    spec = plain(dict(forwarder.inputs))["spec"]
    assert (spec["serviceMonitorSelector"], spec["podMonitorNamespaceSelector"]) == ({}, {})
    assert "ruleSelector" not in spec, "the rules are held twice already"
    [write] = spec["remoteWrite"]
    assert write["url"] == "${yard-metrics.prometheusEndpoint}api/v1/remote_write"
    assert write["sigv4"] == {"region": "eu-west-1"}
    assert granted(graph)["yard-metrics"] == {("aps:RemoteWrite", "${yard-metrics.arn}")}


def test_aws_holds_the_same_rules_and_one_that_the_cluster_cannot() -> None:
    graph = served(TEXT)
    inside = {
        rule["alert"]
        for it in graph.of_type("kubernetes:monitoring.coreos.com/v1:PrometheusRule")
        for group in plain(dict(it.inputs))["spec"]["groups"]
        for rule in group["rules"]
    }
    assert _alerts(TEXT) == inside | {"ClusterSilent"}


def _data(text: str) -> str:
    [namespace] = of(served(text), "amp/ruleGroupNamespace:RuleGroupNamespace")
    return str(namespace["data"])


def _alerts(text: str) -> set[str]:
    groups = json.loads(_data(text))["groups"]
    return {rule["alert"] for group in groups for rule in group["rules"]}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(_data(TEXT), encoding="utf-8")
    done = subprocess.run(["promtool", "check", "rules", rules], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_alerts_reach_an_encrypted_topic_of_this_workspace() -> None:
    graph = served(TEXT, False)
    [definition] = of(graph, "amp/alertManagerDefinition:AlertManagerDefinition")
    config = json.loads(json.loads(str(definition["definition"]))["alertmanager_config"])
    [to] = config["receivers"][0]["sns_configs"]
    assert to["topic_arn"] == "${yard-metrics-alerts.arn}"
    [policy] = [
        it for it in policies(graph, Of.RESOURCE) if it.holder.name == "yard-metrics-alerts"
    ]
    [statement] = policy.allowed
    assert statement.principals == ("Service:aps.amazonaws.com",)
    assert statement.condition("aws:SourceArn") == ("${yard-metrics.arn}",)


def test_dashboards_are_reached_from_the_network_alone() -> None:
    graph = served(TEXT, False)
    [workspace] = of(graph, "grafana/workspace:Workspace")
    access = workspace["networkAccessControl"]
    assert access == {"prefixListIds": [], "vpceIds": ["${yard-metrics-grafana.id}"]}
    assert workspace["authenticationProviders"] == ["AWS_SSO"]
    without = served(TEXT.replace(", grafana: true", ""), False)
    assert of(without, "grafana/workspace:Workspace") == []


def test_the_sdk_knows_every_input() -> None:
    assert check_inputs(served(TEXT)) == []


def test_what_cannot_be_is_refused() -> None:
    assert paths("monitoring: {grafana: true}") == ["monitoring.grafana"]
    attach = "attach: {url: 'http://p.example:9090', namespace: there}"
    found = paths(f"monitoring: {{engine: amazon-managed-prometheus, {attach}}}")
    assert "monitoring.attach" in found
