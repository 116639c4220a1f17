"""What single engines cannot do is said when a blueprint is checked."""

from __future__ import annotations

import pytest
import yaml

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks.engines import RULES

HEAD = """
modelyard: 1
name: yard
team: {owner: ml@example.com, name: ml, domain: demo}
sites: {here: {kind: kubernetes}}
"""
LLAMA = "hf://meta-llama/Llama-3.1-8B-Instruct"
GGUF = "hf://bartowski/Meta-Llama-3.1-8B-Instruct-GGUF"
BATCH = "type: predictive, source: 'models:/m@champion', serve: {engine: mlflow, mode: batch"


def findings(model: str) -> list[str]:
    """Dotted paths below the model of what the rules find."""
    sections = {**yaml.safe_load(HEAD), "models": [yaml.safe_load(f"{{name: m, {model}}}")]}
    blueprint = Blueprint.model_validate(sections)
    found = [finding for rule in RULES for finding in rule(blueprint)]
    return [".".join(map(str, finding.path[2:])) for finding in found]


@pytest.mark.parametrize(
    ("model", "path"),
    [
        (f"type: llm, source: '{GGUF}', revision: abc, serve: {{engine: llama-cpp}}", "revision"),
        (f"type: llm, source: '{GGUF}', token: 'secret://hub', serve: {{engine: ollama}}", "token"),
        (
            f"type: llm, source: '{LLAMA}', serve: {{engine: vllm, quantization: awq-int4}}",
            "serve.quantization",
        ),
        (
            f"type: llm, source: '{LLAMA}', serve: {{engine: tensorrt-llm, quantization: fp8}}",
            "serve.quantization",
        ),
        (
            f"type: llm, source: '{LLAMA}', serve: {{engine: tensorrt-llm, quantization: int8}}",
            "serve.quantization",
        ),
        (f"{BATCH}, input: 's3://b/i.parquet', output: 's3://b/o.json'}}", "serve.input"),
        (f"{BATCH}, input: 's3://b/i.csv', output: 'gs://b/o.json'}}", "serve.output"),
        (
            "type: predictive, source: 's3://b/m.onnx', "
            "serve: {engine: kserve, image: 'r.example/i:1', port: 9000}",
            "serve.port",
        ),
        (
            f"type: llm, source: '{LLAMA}', "
            "serve: {engine: vllm, speculative: {model: 's3://b/draft'}}",
            "serve.speculative.model",
        ),
    ],
)
def test_it_is_found(model: str, path: str) -> None:
    assert findings(model) == [path]


@pytest.mark.parametrize(
    "model",
    [
        f"type: llm, source: '{LLAMA}', revision: abc, token: 'secret://hub'",
        f"type: llm, source: '{LLAMA}', serve: {{engine: vllm, quantization: fp8}}",
        "type: llm, source: 'hf://hugging-quants/Meta-Llama-3.1-8B-Instruct-AWQ-INT4', "
        "serve: {engine: vllm, quantization: awq-int4}",
        f"type: llm, source: '{GGUF}', token: 'secret://hub', serve: {{engine: llama-cpp}}",
        f"{BATCH}, input: 's3://b/i.csv', output: 's3://b/o.json'}}",
        f"type: llm, source: '{LLAMA}', "
        "serve: {engine: vllm, speculative: {model: 'hf://meta-llama/Llama-3.2-1B-Instruct'}}",
    ],
)
def test_what_fits_is_left_alone(model: str) -> None:
    assert findings(model) == []
