"""Experiments by Vertex AI: under the platform's key, and not for everybody to write to."""

from __future__ import annotations

from tests.support.vertex import hosted, of, only, places

TRACKED = """
tracking: {engine: vertex}
models:
  - name: churn
    type: predictive
    source: s3://weights/churn
    serve: {engine: fastapi, image: "a.example/churn:1"}
"""


def test_there_is_a_board_with_an_experiment_for_each_model() -> None:
    graph = hosted(TRACKED)
    board = only(graph, "vertex/aiTensorboard:AiTensorboard")
    assert board["encryptionSpec"]["kmsKeyName"]
    experiment = only(graph, "vertex/aiTensorboardExperiment:AiTensorboardExperiment")
    assert experiment["tensorboardExperimentId"] == "churn"


def test_metadata_are_kept_under_the_platform_s_key_from_the_first_run_on() -> None:
    graph = hosted(TRACKED)
    store = only(graph, "vertex/aiMetadataStore:AiMetadataStore")
    assert store["name"] == "default"
    assert store["encryptionSpec"]["kmsKeyName"]
    [resource] = of(graph, "vertex/aiMetadataStore:AiMetadataStore")
    assert resource.protect


def test_sizes_and_a_registry_are_refused() -> None:
    assert "tracking.size" in places("tracking: {engine: vertex, size: small}")
    assert "registry.engine" in places("registry: {engine: vertex}")
