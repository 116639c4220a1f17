"""Models that Vertex AI serves: as the plan sized them, private, and asked by whom one names."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.vertex import found, hosted, of, only, places, planned

from modelyard.recorder import Graph

CHAT = """
models:
  - name: chat
    type: llm
    source: hf://mine/chat
    shape: {parameters: 8B, layers: 32, heads: 32, kv_heads: 8, head_dim: 128}
    serve: {engine: vertex, eula: accepted, context: 4096, concurrency: 8%s}
"""
DEPLOYED = "vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment"


def deployed(graph: Graph) -> dict[str, Any]:
    return only(graph, DEPLOYED)


def test_google_s_vllm_is_told_what_the_plan_decided() -> None:
    text = CHAT % ", kv_cache: fp8"
    [plan] = planned(text).models
    inputs = deployed(hosted(text))
    container = inputs["modelConfig"]["containerSpec"]
    assert container["imageUri"].startswith("us-docker.pkg.dev/vertex-ai/")
    assert container["args"][:3] == ["python", "-m", "vllm.entrypoints.api_server"]
    assert container["args"][5:] == [
        "--model=mine/chat",
        "--served-model-name=chat",
        f"--tensor-parallel-size={plan.tensor_parallel}",
        "--gpu-memory-utilization=0.9",
        "--max-model-len=4096",
        "--max-num-seqs=8",
        "--kv-cache-dtype=fp8",
    ]
    assert inputs["huggingFaceModelId"] == "mine/chat"
    assert inputs["modelConfig"]["acceptEula"] is True


def test_it_stands_on_the_cheapest_machine_that_holds_it() -> None:
    text = CHAT % ", replicas: {min: 2, max: 5}"
    [plan] = planned(text).models
    machines = deployed(hosted(text))["deployConfig"]["dedicatedResources"]
    assert machines["machineSpec"] == {
        "machineType": plan.machine,
        "acceleratorType": "NVIDIA_L4",
        "acceleratorCount": plan.count,
    }
    assert (machines["minReplicaCount"], machines["maxReplicaCount"]) == (2, 5)
    assert plan.hosted
    assert plan.machine
    assert plan.machine.startswith("g2-")


def test_an_accelerator_may_be_named() -> None:
    graph = hosted(CHAT % ", gpu: {accelerator: h100}")
    spec = deployed(graph)["deployConfig"]["dedicatedResources"]["machineSpec"]
    assert (spec["machineType"], spec["acceleratorType"]) == ("a3-highgpu-1g", "NVIDIA_H100_80GB")


def test_only_the_platform_s_network_reaches_it() -> None:
    graph = hosted(CHAT % "")
    config = deployed(graph)["endpointConfig"]["privateServiceConnectConfig"]
    assert config["enablePrivateServiceConnect"] is True
    assert config["projectAllowlists"] == ["acme-vertex-prod"]
    policies = of(graph, "networkconnectivity/serviceConnectionPolicy:ServiceConnectionPolicy")
    assert {policy.inputs["serviceClass"] for policy in policies} == {
        "gcp-memorystore",
        "gcp-vertexai",
    }


def test_who_is_named_may_ask_and_do_nothing_else() -> None:
    member = "serviceAccount:shop@acme-vertex-prod.iam.gserviceaccount.com"
    graph = hosted(CHAT % f", callers: ['{member}']")
    role = only(graph, "projects/iAMCustomRole:IAMCustomRole")
    assert role["permissions"] == ["aiplatform.endpoints.get", "aiplatform.endpoints.predict"]
    assert role["roleId"] == "yard_chat_callers"
    grant = only(graph, "vertex/aiEndpointIamMember:AiEndpointIamMember")
    assert (grant["member"], grant["role"]) == (member, "${yard-serving-chat-callers.name}")
    assert grant["endpoint"] == "${yard-serving-chat.endpoint}"


def test_targets_become_alerts() -> None:
    graph = hosted(CHAT % ", target: {p95_ms: 800, rps: 10, availability: 0.999}")
    alerts = {
        it.name.rpartition("-")[2]: it.inputs["conditions"][0]["conditionThreshold"]
        for it in of(graph, "monitoring/alertPolicy:AlertPolicy")
        if "serving" in it.name
    }
    assert set(alerts) == {"errors", "latency", "requests"}
    assert alerts["errors"]["thresholdValue"] == pytest.approx(0.001)
    assert "response_count" in alerts["errors"]["denominatorFilter"]
    assert alerts["latency"]["thresholdValue"] == 800
    assert '.endpoint_id = "${yard-serving-chat.endpoint}"' in alerts["latency"]["filter"]


def test_no_accelerator_of_the_cluster_is_kept_for_it() -> None:
    plan = planned(CHAT % "")
    assert "gpu-pool" not in {str(p.capability) for p in plan.capabilities}


def test_the_bill_has_its_machines_and_the_way_to_them() -> None:
    costs = planned(CHAT % ", replicas: {min: 1, max: 2}").cost
    [machine] = [it for it in costs.items if it.item.startswith("inference/")]
    assert machine.monthly.maximum == pytest.approx(2 * machine.monthly.minimum)
    assert [it.item for it in costs.items if it.model == "chat"] == [
        machine.item,
        "network/endpoint",
    ]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("hf://mine/chat", "s3://weights/chat", "models.0.source"),
        ("hf://mine/chat", "models:/chat/3", "models.0.source"),
        ("eula: accepted, ", "", "models.0.serve"),
        ("engine: vertex", "engine: vllm", "models.0.serve.eula"),
        ("context: 4096", "image: 'a:1'", "models.0.serve.image"),
        ("context: 4096", "resources: {cpu: 4}", "models.0.serve.resources"),
        ("context: 4096", "expose: gateway", "models.0.serve.expose"),
        ("context: 4096", "env: {KEY: 'secret://a/b'}", "models.0.serve.env.KEY"),
        ("context: 4096", "cache: 10Gi", "models.0.serve.cache"),
        ("context: 4096", "challenger: 'hf://a/b'", "models.0.serve.challenger"),
        ("context: 4096", "mode: batch", "models.0.serve.mode"),
        ("context: 4096", "replicas: {min: 0, max: 1}", "models.0.serve.replicas.min"),
        ("    serve", "    token: 'secret://hub'\n    serve", "models.0.token"),
        ("    serve", "    artifact: {signature: required}\n    serve", "models.0.artifact"),
        ("    serve", "    monitor: {drift: {psi: 0.2}}\n    serve", "models.0.monitor"),
        ("\nmodels", "\ndata: {classification: restricted}\nmodels", "models.0.serve.engine"),
        ("type: llm", "type: predictive", "models.0.serve.engine"),
        (
            "\nmodels",
            "\nsites: {cloud: {kind: gcp, region: europe-west4, project: acme-ml-prod,"
            " perimeter: {policy: '123456789'}}}\nmodels",
            "models.0.source",
        ),
        (
            "\nmodels",
            "\nsites: {cloud: {kind: aws, region: eu-west-1, account: '123456789012'}}\nmodels",
            "models.0.serve.engine",
        ),
    ],
)
def test_what_it_cannot_do_is_refused(old: str, new: str, path: str) -> None:
    text = CHAT % ""
    assert old in text
    assert path in places(text.replace(old, new))


def test_a_model_of_the_cluster_has_no_callers_and_knows_of_no_endpoint() -> None:
    inside = """
  - name: local
    type: llm
    source: hf://Qwen/Qwen2.5-0.5B
    serve: {engine: vllm, callers: ['user:a@example.com']}
    depends_on: [chat]
"""
    there = {".".join(map(str, it.path)) for it in found(CHAT % "" + inside)}
    assert {"models.1.serve.callers", "models.1.depends_on.0"} <= there
