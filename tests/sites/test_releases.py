"""What a cluster installs, how its charts are set, and in which order."""

from __future__ import annotations

from typing import Any

import yaml
from tests.support.facilities import GPUS, site, stood

from modelyard.recorder import Graph, Resource
from modelyard.sites.kubernetes.operator_values import laid_over


def release(graph: Graph, chart: str) -> Resource:
    return next(r for r in graph.named(f"yard-cluster-{chart}") if r.type.endswith(":Release"))


def made(text: str = GPUS, **options: Any) -> Graph:
    return stood(site(text, **options))[0]


def test_a_chart_is_pinned_and_named_by_its_repository() -> None:
    inputs = release(made(), "opencost").inputs
    assert inputs["chart"] == "opencost"
    assert inputs["repositoryOpts"] == {"repo": "https://opencost.github.io/opencost-helm-chart"}
    assert inputs["version"] == "2.5.17"
    assert inputs["atomic"] is True


def test_an_oci_chart_is_named_by_its_address() -> None:
    inputs = release(made(), "kueue").inputs
    assert inputs["chart"] == "oci://registry.k8s.io/kueue/charts/kueue"
    assert "repositoryOpts" not in inputs


def test_prometheus_kinds_are_there_before_the_others_use_them() -> None:
    graph = made()
    assert release(graph, "kube-prometheus-stack").urn in release(graph, "opencost").dependencies


def test_an_object_waits_for_the_operator_that_brings_its_kind() -> None:
    graph = made()
    (queue,) = graph.of_type("kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue")
    assert release(graph, "kueue").urn in queue.dependencies


def test_what_is_attached_is_not_installed() -> None:
    graph = made(f"{GPUS}, operators: {{kueue: attach, opencost: attach}}")
    names = {r.inputs["name"] for r in graph.of_type("kubernetes:helm.sh/v3:Release")}
    assert not names & {"kueue", "opencost"}
    assert graph.of_type("kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue")


def test_an_operator_that_is_asked_for_comes_without_a_reason() -> None:
    graph = made(f"{GPUS}, operators: {{keda: create}}")
    assert release(graph, "keda").inputs["values"]["crds"] == {"install": True}


def test_namespaces_of_operators_say_what_their_pods_may() -> None:
    graph = made()
    levels = {
        r.inputs["metadata"]["name"]: r.inputs["metadata"]["labels"]
        for r in graph.of_type("kubernetes:core/v1:Namespace")
    }
    enforce = "pod-security.kubernetes.io/enforce"
    assert levels["opencost"][enforce] == "baseline"
    assert levels["monitoring"][enforce] == "privileged"


def test_metrics_are_on_where_prometheus_runs() -> None:
    values = release(made(), "opencost").inputs["values"]["opencost"]
    assert values["metrics"] == {"serviceMonitor": {"enabled": True}}
    assert values["mcp"] == {"enabled": False}
    url = "http://kube-prometheus-stack-prometheus.monitoring:9090"
    assert values["prometheus"] == {
        "internal": {"enabled": False},
        "external": {"enabled": True, "url": url},
    }


def test_monitoring_s_own_settings_reach_prometheus() -> None:
    spec = release(made(f"{GPUS}, storage_class: fast"), "kube-prometheus-stack").inputs["values"]
    spec = spec["prometheus"]["prometheusSpec"]
    assert spec["retention"] == "15d"
    assert spec["ruleSelectorNilUsesHelmValues"] is False


def test_gpus_are_shared_by_turns() -> None:
    graph = made(GPUS.replace("queue: true", "sharing: {time_slicing: 4}, taint: example.com/gpu"))
    values = release(graph, "nvidia-device-plugin").inputs["values"]
    config = yaml.safe_load(values["config"]["map"][values["config"]["default"]])
    slicing = config["sharing"]["timeSlicing"]
    assert slicing["resources"] == [{"name": "nvidia.com/gpu", "replicas": 4}]
    assert values["tolerations"] == [{"key": "example.com/gpu", "operator": "Exists"}]


def test_gpus_are_cut_into_slices() -> None:
    nodes = "nodes: [{name: a, accelerator: a100-80, count: 2}]"
    graph = made(f"gpus: {{engine: gpu-operator, sharing: {{mig: 2g.20gb}}, {nodes}}}")
    values = release(graph, "gpu-operator").inputs["values"]
    assert values["mig"] == {"strategy": "mixed"}
    assert values["migManager"] == {"config": {"default": "all-2g.20gb"}}


def test_values_are_merged_as_helm_merges_them() -> None:
    base = {"a": {"x": 1, "y": [1]}, "b": 1}
    assert laid_over(base, {"a": {"y": [2]}, "c": {}}) == {"a": {"x": 1, "y": [2]}, "b": 1, "c": {}}
    assert base == {"a": {"x": 1, "y": [1]}, "b": 1}
