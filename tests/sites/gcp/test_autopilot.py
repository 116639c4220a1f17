"""Autopilot lets charts in that leave its nodes and its own namespace alone."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.support.gcp_ground import CLUSTER, MODELS, ground

from modelyard.plan.capability import Capability as C
from modelyard.recorder.values import plain
from modelyard.review.manifests import RELEASE

WATCHED = "monitoring: {retention: 15d}"


@cache
def values(mode: str) -> dict[str, Any]:
    """Of every chart, by release."""
    text = f"cluster: {{mode: {mode}}}, keys: {{engine: cert-manager}}"
    graph, _ = ground(*CLUSTER, C.GPU_POOL, text=text, more=WATCHED)
    found = (plain(dict(release.inputs)) for release in graph.of_type(RELEASE))
    return {it["name"]: it["values"] for it in found}


def test_there_are_models_on_gpus() -> None:
    assert "vllm" in MODELS
    assert "dcgm-exporter" in values("standard")


def test_prometheus_leaves_nodes_and_kube_system_alone() -> None:
    asked = values("auto")["kube-prometheus-stack"]
    assert asked["nodeExporter"] == asked["coreDns"] == asked["kubelet"] == {"enabled": False}
    assert asked["prometheusOperator"]["kubeletService"] == {"enabled": False}
    assert "nodeExporter" not in values("standard")["kube-prometheus-stack"]


def test_cert_manager_elects_in_its_own_namespace() -> None:
    assert values("auto")["cert-manager"]["global"]["leaderElection"] == {
        "namespace": "cert-manager"
    }


def test_what_gpus_do_is_counted_by_gke() -> None:
    assert "dcgm-exporter" not in values("auto")
