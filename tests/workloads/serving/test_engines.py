"""What each engine is told, held against the plan and the blueprint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.serving import served

LLAMA = "hf://meta-llama/Llama-3.1-70B-Instruct"
GGUF = "hf://bartowski/Meta-Llama-3.1-8B-Instruct-GGUF"
CPU = """
modelyard: 1
name: yard
team: {owner: ml@example.com, name: ml, domain: demo}
sites: {here: {kind: kubernetes, storage_class: fast}}
"""


def flags(container: Mapping[str, Any]) -> dict[str, str]:
    """`--flag value` and `--flag=value` as a mapping."""
    found, args = {}, list(container["args"])
    for position, arg in enumerate(args):
        if arg.startswith("--"):
            name, separator, value = arg.partition("=")
            found[name] = value if separator else "".join(args[position + 1 : position + 2])
    return found


def environment(container: Mapping[str, Any]) -> dict[str, Any]:
    return {v["name"]: v.get("value", v.get("valueFrom")) for v in container["env"]}


def test_vllm_is_sized_as_planned() -> None:
    yard = served(
        f"[{{name: big, type: llm, source: '{LLAMA}', serve: {{engine: vllm, context: 16384, "
        "concurrency: 24, kv_cache: fp8}}]"
    )
    plan, server = yard.plan.model("big"), yard.server()
    told = flags(server)
    assert plan.tensor_parallel > 1
    assert told["--tensor-parallel-size"] == str(plan.tensor_parallel)
    assert server["resources"]["limits"]["nvidia.com/gpu"] == str(plan.count)
    assert (told["--max-model-len"], told["--max-num-seqs"]) == ("16384", "24")
    assert (told["--kv-cache-dtype"], told["--served-model-name"]) == ("fp8", "big")
    assert "--quantization" not in told
    assert yard.pod()["nodeSelector"] == {"pool": plan.machine}


@pytest.mark.parametrize(
    ("quantization", "told"),
    [
        ("fp8", "fp8"),
        ("int8", "compressed-tensors"),
        ("awq-int4", "awq_marlin"),
        ("gptq-int4", "gptq_marlin"),
    ],
)
def test_vllm_is_told_the_precision(quantization: str, told: str) -> None:
    yard = served(
        f"[{{name: big, type: llm, source: '{LLAMA}-X', "
        "shape: {parameters: 8B, layers: 32, heads: 32, kv_heads: 8, head_dim: 128}, "
        f"serve: {{engine: vllm, quantization: {quantization}}}}}]"
    )
    assert flags(yard.server())["--quantization"] == told


def test_vllm_drafts_with_a_model_that_is_fetched_too() -> None:
    yard = served(
        f"[{{name: big, type: llm, source: '{LLAMA}', revision: abc, serve: {{engine: vllm, "
        "speculative: {model: 'hf://meta-llama/Llama-3.2-1B-Instruct', tokens: 4}}}]"
    )
    draft = json.loads(flags(yard.server())["--speculative-config"])
    fetched = {c["name"]: c["args"] for c in yard.pod()["initContainers"]}
    assert draft == {"model": fetched["draft"][1], "num_speculative_tokens": 4}
    assert fetched["weights"] == [f"{LLAMA}:abc", yard.server()["args"][0]]
    assert fetched["draft"][0] == "hf://meta-llama/Llama-3.2-1B-Instruct"


def test_the_hub_token_is_for_those_who_fetch_alone() -> None:
    yard = served(f"[{{name: big, type: llm, source: '{LLAMA}', token: 'secret://hub/token'}}]")
    (fetching,) = yard.pod()["initContainers"]
    assert environment(fetching)["HF_TOKEN"] == {"secretKeyRef": {"name": "hub", "key": "token"}}
    own = environment(yard.server())
    assert "HF_TOKEN" not in own
    assert own["HF_HUB_OFFLINE"] == "1"


def test_vllm_makes_embeddings_by_pooling() -> None:
    yard = served("[{name: embed, type: embedding, source: 'hf://BAAI/bge-m3'}]")
    assert flags(yard.server())["--runner"] == "pooling"


def test_llama_4_keeps_chunks() -> None:
    source = "hf://meta-llama/Llama-4-Scout-17B-16E-Instruct"
    yard = served(f"[{{name: scout, type: llm, source: '{source}'}}]")
    assert environment(yard.server())["VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE"] == "1"


def test_weights_in_a_bucket_need_no_internet() -> None:
    yard = served(
        "[{name: own, type: llm, source: 's3://yard/llama', "
        "shape: {parameters: 8B, layers: 32, heads: 32, kv_heads: 8, head_dim: 128}}]"
    )
    (copy,) = yard.pod()["initContainers"]
    assert copy["args"][-2:] == ["store:yard/llama", yard.server()["args"][0]]
    egress = yard.one("NetworkPolicy")["spec"]["egress"]
    assert [rule["ports"][0]["port"] for rule in egress] == [8333]
    assert all("to" in rule for rule in egress)


def test_vllm_runs_over_a_file_in_steps() -> None:
    yard = served(
        f"[{{name: nightly, type: llm, source: '{LLAMA}', serve: {{engine: vllm, mode: batch, "
        "input: 's3://yard/in.jsonl', output: 's3://yard/out/', schedule: '0 3 * * *'}}]"
    )
    pod, told = yard.pod("CronJob"), flags(yard.server("CronJob"))
    steps = [c["name"] for c in (*pod["initContainers"], *pod["containers"])]
    assert steps == ["weights", "input", "server", "output"]
    assert yard.server("CronJob")["command"] == ["vllm", "run-batch"]
    inputs, outputs = pod["initContainers"][1]["args"], pod["containers"][0]["args"]
    assert inputs[-2:] == ["store:yard/in.jsonl", told["--input-file"]]
    assert outputs[-2:] == [told["--output-file"], "store:yard/out/output.json"]
    assert yard.one("CronJob")["spec"]["schedule"] == "0 3 * * *"


def test_tensorrt_llm_is_sized_as_planned() -> None:
    yard = served(
        f"[{{name: big, type: llm, source: '{LLAMA}', "
        "serve: {engine: tensorrt-llm, kv_cache: fp8, context: 4096, concurrency: 8}}]"
    )
    plan, told = yard.plan.model("big"), flags(yard.server())
    assert told["--tp_size"] == str(plan.tensor_parallel)
    assert (told["--max_seq_len"], told["--max_batch_size"]) == ("4096", "8")
    config = json.loads(yard.one("ConfigMap")["data"]["config.yaml"])
    assert config["kv_cache_config"]["dtype"] == "fp8"
    mounted = {v["name"]: v for v in yard.pod()["volumes"]}["config"]
    assert mounted["configMap"]["name"] == yard.one("ConfigMap")["metadata"]["name"]


@pytest.mark.parametrize(
    ("quantization", "tag"),
    [("none", "F16"), ("gguf-q4", "Q4_K_M"), ("gguf-q5", "Q5_K_M"), ("gguf-q8", "Q8_0")],
)
def test_gguf_engines_ask_for_the_precision(quantization: str, tag: str) -> None:
    common = f"type: llm, source: '{GGUF}'"
    llama = served(
        f"[{{name: a, {common}, serve: {{engine: llama-cpp, quantization: {quantization}}}}}]"
    )
    ollama = served(
        f"[{{name: a, {common}, serve: {{engine: ollama, quantization: {quantization}}}}}]"
    )
    assert flags(llama.server())["--hf-repo"] == f"{GGUF.removeprefix('hf://')}:{tag}"
    pulled = environment(ollama.pod()["initContainers"][0])
    assert pulled["MODEL_SOURCE"] == f"hf.co/{GGUF.removeprefix('hf://')}:{tag}"


def test_llama_cpp_divides_its_context_among_sequences() -> None:
    model = f"name: a, type: llm, source: '{GGUF}'"
    yard = served(
        f"[{{{model}, serve: {{engine: llama-cpp, context: 4096, concurrency: 4, kv_cache: fp8}}}}]"
    )
    told = flags(yard.server())
    assert (told["--ctx-size"], told["--parallel"]) == (str(4 * 4096), "4")
    assert (told["--cache-type-k"], told["--flash-attn"]) == ("q8_0", "on")
    assert told["--n-gpu-layers"] == "999"


def test_llama_cpp_runs_on_cpu_where_there_are_no_accelerators() -> None:
    yard = served(
        f"[{{name: a, type: llm, source: '{GGUF}', serve: {{engine: llama-cpp}}}}]",
        site=CPU,
        gpu_pool=None,
        monitoring=None,
    )
    server, memory = yard.server(), yard.plan.model("a").memory
    assert memory is not None
    assert flags(server)["--n-gpu-layers"] == "0"
    assert "cuda" not in server["image"]
    assert int(server["resources"]["limits"]["memory"].removesuffix("Gi")) >= memory.total


def test_ollama_keeps_one_model_as_planned() -> None:
    model = f"name: a, type: llm, source: '{GGUF}'"
    yard = served(f"[{{{model}, serve: {{engine: ollama, context: 4096, concurrency: 4}}}}]")
    told = environment(yard.server())
    assert (told["OLLAMA_CONTEXT_LENGTH"], told["OLLAMA_NUM_PARALLEL"]) == ("4096", "4")
    (pulling,) = yard.pod()["initContainers"]
    assert environment(pulling)["MODEL_NAME"] == "a"
    assert environment(pulling)["OLLAMA_MODELS"] == told["OLLAMA_MODELS"]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("s3://yard/churn.onnx", "/models/repository/churn/1/model.onnx"),
        ("s3://yard/repository", "/models/repository"),
    ],
)
def test_triton_gets_a_repository(source: str, target: str) -> None:
    yard = served(
        f"[{{name: churn, type: predictive, source: '{source}', serve: {{engine: onnx-runtime}}}}]"
    )
    (copy,) = yard.pod()["initContainers"]
    assert copy["args"][-1] == target
    assert flags(yard.server())["--model-repository"] == "/models/repository"


def test_pyfunc_takes_the_registry_s_model_and_credentials() -> None:
    yard = served("[{name: churn, type: predictive, source: 'models:/churn@champion'}]")
    server = yard.server()
    assert server["command"] == ["mlflow", "models", "serve"]
    assert flags(server)["--model-uri"] == "models:/churn@champion"
    assert flags(server)["--env-manager"] == "local"
    told = environment(server)
    assert told["MLFLOW_TRACKING_URI"] == "http://mlflow.yard-platform.svc:5000"
    assert told["MLFLOW_TRACKING_PASSWORD"]["secretKeyRef"]["name"] == "mlflow-production"


def test_pyfunc_predicts_a_file_of_its_kind() -> None:
    yard = served(
        "[{name: churn, type: predictive, source: 'models:/churn@champion', serve: {mode: batch, "
        "input: 's3://yard/in.csv', output: 's3://yard/out.json'}}]"
    )
    told = flags(yard.server("Job"))
    assert told["--content-type"] == "csv"
    assert told["--input-path"].endswith(".csv")


def test_an_image_of_one_s_own_is_told_what_it_serves() -> None:
    yard = served(
        "[{name: churn, type: predictive, source: 's3://yard/model', serve: {engine: fastapi, "
        "image: 'registry.example/churn:1', port: 9000, health: /live, "
        "env: {LEVEL: debug, KEY: 'secret://churn/key'}}}]"
    )
    server = yard.server()
    told = environment(server)
    assert server["image"] == "registry.example/churn:1"
    assert server["ports"] == [{"name": "http", "containerPort": 9000}]
    assert server["readinessProbe"]["httpGet"]["path"] == "/live"
    assert (told["PORT"], told["LEVEL"]) == ("9000", "debug")
    assert told["MODELYARD_MODEL_SOURCE"] == "s3://yard/model"
    assert told["KEY"] == {"secretKeyRef": {"name": "churn", "key": "key"}}


def test_kserve_takes_the_format_from_the_source() -> None:
    formats = {
        "s3://yard/model.joblib": "sklearn",
        "s3://yard/model.bst": "xgboost",
        "s3://yard/model.onnx": "onnx",
        "s3://yard/folder": "mlflow",
        "gs://yard/model.pkl": "sklearn",
        "hf://ProsusAI/finbert": "huggingface",
    }
    for source, expected in formats.items():
        yard = served(
            f"[{{name: churn, type: predictive, source: '{source}', serve: {{engine: kserve}}}}]"
        )
        model = yard.one("InferenceService")["spec"]["predictor"]["model"]
        assert model["modelFormat"]["name"] == expected
        assert (model.get("storageUri") == source) == source.startswith("gs://")


def test_kserve_serves_language_models_as_planned() -> None:
    yard = served(
        f"[{{name: big, type: llm, source: '{LLAMA}', token: 'secret://hub/token', "
        "serve: {engine: kserve, replicas: {min: 1, max: 2}}}]"
    )
    spec, plan = yard.one("LLMInferenceService")["spec"], yard.plan.model("big")
    (container,) = spec["template"]["containers"]
    assert spec["parallelism"]["tensor"] == plan.tensor_parallel
    assert "--tensor-parallel-size" not in container["args"]
    assert flags(container)["--max-model-len"] == str(plan.context)
    assert "replicas" not in spec
    target = yard.one("ScaledObject")["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", "big-kserve")
