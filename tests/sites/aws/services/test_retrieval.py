"""Stores of vectors: encrypted, private, filled by training and read by what answers questions."""

from __future__ import annotations

import json

import pytest
from tests.support.aws_services import found, of, paths, served
from tests.support.iam_grants import granted

from modelyard.recorder import check_inputs

TEXT = """
llm: {rag: {store: %s}}
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
VECTORS = TEXT % ("s3-vectors, embedding: words", "internal")
SEARCH = TEXT % ("opensearch, embedding: words", "internal")
APP, RUNS = "yard-identity-production-app", "yard-identity-training-workflow-runner"
INDEX = (
    "arn:aws:s3vectors:eu-west-1:123456789012:"
    "bucket/yard-vectors-123456789012-eu-west-1/index/documents"
)


def test_an_index_is_as_long_as_its_embedding_model_says() -> None:
    [index] = of(served(VECTORS, False), "s3/vectorsIndex:VectorsIndex")
    assert index["dimension"] == 768
    assert index["encryptionConfigurations"] == [
        {"sseType": "aws:kms", "kmsKeyArn": "${yard-kms-data.arn}"}
    ]
    assert paths("llm: {rag: {store: s3-vectors}}") == ["llm.rag.store"]
    assert paths("llm: {rag: {store: s3-vectors, dimension: 512}}") == []
    assert paths("llm: {rag: {store: opensearch, dimension: 512}}") == ["llm.rag.dimension"]


def test_training_fills_an_index_and_production_reads_it() -> None:
    rights = granted(served(VECTORS, False))
    reading = {f"s3vectors:{it}" for it in ("GetIndex", "GetVectors", "QueryVectors")}
    writing = {f"s3vectors:{it}" for it in ("DeleteVectors", "ListVectors", "PutVectors")}
    assert {a for a, place in rights[APP] if place == INDEX} == reading
    assert {a for a, place in rights[RUNS] if place == INDEX} == reading | writing


def test_a_collection_is_reached_from_the_network_alone() -> None:
    graph = served(SEARCH, False)
    policies = of(graph, "opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy")
    network, encryption = (
        next(json.loads(it["policy"]) for it in policies if it["type"] == kind)
        for kind in ("network", "encryption")
    )
    assert network[0]["AllowFromPublic"] is False
    assert network[0]["SourceVPCEs"] == ["${yard-rag.id}"]
    assert (encryption["AWSOwnedKey"], encryption["KmsARN"]) == (False, "${yard-kms-data.arn}")


def test_each_workload_has_a_policy_of_its_own() -> None:
    graph = served(SEARCH, False)
    roles = {it.inputs["name"] for it in graph.of_type("aws:iam/role:Role")}
    access = of(graph, "opensearch/serverlessAccessPolicy:ServerlessAccessPolicy")
    rules = [json.loads(it["policy"])[0] for it in access]
    writes = {it["Principal"][0].rpartition("/")[2]: it["Rules"][0]["Permission"] for it in rules}
    assert set(writes) == {"yard-production-app", "yard-training-workflow-runner"}
    assert set(writes) <= roles
    assert "aoss:WriteDocument" not in writes["yard-production-app"]
    assert all(len(str(it["name"])) <= 32 for it in access)
    assert {action for action, _ in granted(graph)[APP] if "aoss" in action} == {
        "aoss:APIAccessAll"
    }


@pytest.mark.parametrize(("data", "copies"), [("internal", "DISABLED"), ("restricted", "ENABLED")])
def test_a_standby_where_the_data_ask_for_it(data: str, copies: str) -> None:
    graph = served(TEXT % ("opensearch", data))
    [collection] = of(graph, "opensearch/serverlessCollection:ServerlessCollection")
    assert collection["standbyReplicas"] == copies


def test_what_keeps_documents_fresh_is_refused_and_not_ignored() -> None:
    [refused] = found("llm: {rag: {store: opensearch, freshness: 24h}}")
    assert refused.path == ("llm", "rag", "freshness")
    assert "offered nowhere yet" in refused.what


@pytest.mark.parametrize("text", [VECTORS, SEARCH], ids=["s3-vectors", "opensearch"])
def test_the_sdk_knows_every_input_and_vectors_are_protected(text: str) -> None:
    graph = served(text)
    assert check_inputs(graph) == []
    kinds = (
        "aws:s3/vectorsIndex",
        "aws:s3/vectorsVectorBucket",
        "aws:opensearch/serverlessCollection",
    )
    kept = [it for it in graph if it.type.startswith(kinds)]
    assert kept
    assert all(it.protect for it in kept)
