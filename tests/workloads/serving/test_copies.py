"""Models of the hub on a site that has copies of them: each engine reads those, and asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.serving import SITE, Yard, served

SHUT = SITE.replace(
    "    kind: kubernetes\n",
    "    kind: onprem\n"
    "    airgap:\n"
    "      registry: registry.inside.test/mirror\n"
    "      charts: oci://registry.inside.test/charts\n"
    "      models: s3://models/hub\n",
)
QWEN = "hf://Qwen/Qwen3-0.6B"
COPY = "store:models/hub/Qwen/Qwen3-0.6B"
BY_ENGINE = {
    "vllm": (f"{COPY}/v1", "/models/Qwen--Qwen3-0.6B--v1"),
    "tensorrt-llm": (f"{COPY}/v1", "/models/Qwen--Qwen3-0.6B--v1"),
    "ollama": (f"{COPY}/v1/F16.gguf", "/models/Qwen--Qwen3-0.6B--v1/F16.gguf"),
    "llama-cpp": (f"{COPY}/v1/F16.gguf", "/models/Qwen--Qwen3-0.6B--v1/F16.gguf"),
}


def shut(engine: str, more: str = "") -> Yard:
    serve = f"serve: {{engine: {engine}{more}}}"
    model = f"{{name: chat, type: llm, source: '{QWEN}', revision: v1, {serve}}}"
    return served(f"[{model}]", site=SHUT)


def fetching(yard: Yard) -> Mapping[str, Any]:
    return next(c for c in yard.pod()["initContainers"] if c["name"] == "weights")


@pytest.mark.parametrize("engine", BY_ENGINE)
def test_weights_are_copied_from_the_store(engine: str) -> None:
    yard = shut(engine)
    start, end = BY_ENGINE[engine]
    assert fetching(yard)["args"] == ["copyto", "--verbose", start, end]
    assert fetching(yard)["image"] == "registry.inside.test/mirror/rclone/rclone:1.75.0"
    assert not any(variable["name"] == "HF_TOKEN" for variable in yard.server()["env"])


@pytest.mark.parametrize("engine", BY_ENGINE)
def test_nobody_is_let_out(engine: str) -> None:
    """To the store that the stand-in is, and to nothing on port 443."""
    rules = shut(engine).one("NetworkPolicy")["spec"]["egress"]
    assert [port["port"] for rule in rules for port in rule["ports"]] != [443]
    assert all(rule.get("to") for rule in rules)


def test_llama_cpp_reads_the_file() -> None:
    args = list(shut("llama-cpp").server()["args"])
    assert args[:2] == ["--model", BY_ENGINE["llama-cpp"][1]]
    assert "--hf-repo" not in args


def test_ollama_makes_its_model_of_the_file() -> None:
    yard = shut("ollama")
    (made,) = (c for c in yard.pod()["initContainers"] if c["name"] == "model")
    told = {variable["name"]: variable["value"] for variable in made["env"]}
    assert (told["MODEL_SOURCE"], told["MODEL_NAME"]) == (BY_ENGINE["ollama"][1], "chat")
    assert 'ollama create "$MODEL_NAME"' in made["command"][2]
    assert "pull" not in made["command"][2]


def test_ollama_has_room_for_two() -> None:
    """The file that was copied, and what Ollama makes of it."""
    one = served(f"[{{name: chat, type: llm, source: '{QWEN}', serve: {{engine: ollama}}}}]")
    sizes = [
        yard.one("PersistentVolumeClaim")["spec"]["resources"]["requests"]["storage"]
        for yard in (one, shut("ollama"))
    ]
    assert sizes == ["2Gi", "3Gi"]


def test_what_drafts_is_copied_too() -> None:
    yard = shut("vllm", ", speculative: {model: 'hf://Qwen/Qwen2.5-0.5B', tokens: 3}")
    (draft,) = (c for c in yard.pod()["initContainers"] if c["name"] == "draft")
    assert draft["args"][2] == "store:models/hub/Qwen/Qwen2.5-0.5B/main"


def test_an_image_of_the_teams_own_comes_from_the_registry() -> None:
    yard = shut("vllm", ", image: 'works/vllm:7'")
    assert yard.server()["image"] == "registry.inside.test/mirror/works/vllm:7"


def test_code_of_the_teams_own_is_told_where_its_model_lies() -> None:
    models = (
        "[{name: own, type: predictive, source: 'hf://works/own', "
        "serve: {engine: fastapi, image: 'registry.inside.test/works/own:1'}}]"
    )
    server = served(models, site=SHUT).server()
    told = {variable["name"]: variable.get("value") for variable in server["env"]}
    assert told["MODELYARD_MODEL_SOURCE"] == "s3://models/hub/works/own/main"
    assert server["image"] == "registry.inside.test/works/own:1"


def test_elsewhere_the_hub_is_asked() -> None:
    models = f"[{{name: chat, type: llm, source: '{QWEN}', serve: {{engine: llama-cpp}}}}]"
    yard = served(models)
    assert "--hf-repo" in yard.server()["args"]
    assert {"ports": [{"port": 443, "protocol": "TCP"}]} in yard.one("NetworkPolicy")["spec"][
        "egress"
    ]
