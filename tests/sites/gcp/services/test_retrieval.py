"""Vector Search: encrypted, private, filled by training and asked by what answers questions."""

from __future__ import annotations

import pytest
from tests.support.gcp_services import PROJECT, found, of, paths, roles, served

from modelyard.recorder import check_inputs
from modelyard.recorder.values import plain

TEXT = """
llm: {rag: {store: vertex, embedding: words%s}}
pipelines: {engine: argo}
data: {classification: %s}
models:
  - name: app
    type: llm
    source: s3://weights/app/
    shape: {parameters: 8B, layers: 32, heads: 32, kv_heads: 8, head_dim: 128}
    serve: {engine: fastapi, image: "registry.example/app:1"}
  - {name: words, type: embedding, source: "hf://BAAI/bge-base-en-v1.5", serve: {engine: vllm}}
"""
VECTORS = TEXT % ("", "internal")
FILLS, TOKENS = "${yard-rag.name}", "roles/iam.serviceAccountTokenCreator"


def test_an_index_is_as_long_as_its_embedding_model_says() -> None:
    [index] = of(served(VECTORS, False), "vertex/aiIndex:AiIndex")
    config = index["metadata"]["config"]
    assert config["dimensions"] == 768
    assert config["distanceMeasureType"] == "COSINE_DISTANCE"
    assert index["indexUpdateMethod"] == "STREAM_UPDATE"
    assert index["encryptionSpec"]["kmsKeyName"]
    far = TEXT % (", metric: euclidean", "internal")
    [other] = of(served(far, False), "vertex/aiIndex:AiIndex")
    assert other["metadata"]["config"]["distanceMeasureType"] == "SQUARED_L2_DISTANCE"
    assert paths("llm: {rag: {store: vertex}}") == ["llm.rag.store"]


def test_it_answers_in_the_network_alone_and_only_to_who_proves_himself() -> None:
    graph = served(VECTORS, False)
    [endpoint] = of(graph, "vertex/aiIndexEndpoint:AiIndexEndpoint")
    assert endpoint["publicEndpointEnabled"] is False
    assert endpoint["privateServiceConnectConfig"] == {
        "enablePrivateServiceConnect": True,
        "projectAllowlists": [PROJECT],
    }
    kind = "vertex/aiIndexEndpointDeployedIndex:AiIndexEndpointDeployedIndex"
    [deployed] = of(graph, kind)
    proof = deployed["deployedIndexAuthConfig"]["authProvider"]
    assert proof == {"allowedIssuers": ["${yard-rag.email}"], "audiences": ["yard-documents"]}
    rules = graph.of_type("gcp:compute/forwardingRule:ForwardingRule")
    assert [it.name for it in rules if it.name == "yard-rag"]


@pytest.mark.parametrize(
    ("data", "machine", "nodes"),
    [("internal", "e2-standard-2", 1), ("restricted", "e2-standard-16", 2)],
)
def test_two_nodes_where_the_data_ask_for_it(data: str, machine: str, nodes: int) -> None:
    kind = "vertex/aiIndexEndpointDeployedIndex:AiIndexEndpointDeployedIndex"
    [deployed] = of(served(TEXT % ("", data)), kind)
    assert deployed["dedicatedResources"] == {
        "machineSpec": {"machineType": machine},
        "minReplicaCount": nodes,
        "maxReplicaCount": nodes,
    }


def test_training_fills_an_index_and_production_asks_it() -> None:
    graph = served(VECTORS, False)
    asking = {
        str(it["member"]).partition("/subject/")[2]
        for it in of(graph, "serviceaccount/iAMMember:IAMMember")
        if it["role"] == TOKENS
    }
    runner, app = "ns/yard-training/sa/workflow-runner", "ns/yard-production/sa/app"
    assert asking == {runner, app}
    [role] = of(graph, "projects/iAMCustomRole:IAMCustomRole")
    assert role["permissions"] == ["aiplatform.indexes.get", "aiplatform.indexes.update"]
    filling = {who.partition("/subject/")[2] for who, it in roles(graph) if it == FILLS}
    assert filling == {runner}


def test_runs_reach_the_index_and_what_fills_it() -> None:
    policies = served(VECTORS).of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
    [opened] = [plain(dict(it.inputs))["spec"] for it in policies if "rag" in it.name]
    ports = {port["port"] for rule in opened["egress"] for port in rule["ports"]}
    assert ports == {10000, 443}


def test_what_keeps_documents_fresh_is_refused_and_not_ignored() -> None:
    [refused] = found("llm: {rag: {store: vertex, dimension: 8, freshness: 24h}}")
    assert refused.path == ("llm", "rag", "freshness")


def test_the_sdk_knows_every_input_and_vectors_are_protected() -> None:
    graph = served(VECTORS)
    assert check_inputs(graph) == []
    [index] = graph.of_type("gcp:vertex/aiIndex:AiIndex")
    assert index.protect
