"""What Model Garden's vLLM is told: how the plan sized it, and what `serve` asks for."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.blueprint.model import Model, ModelType
from modelyard.blueprint.serve import Quantization
from modelyard.catalog.runtimes import runtimes
from modelyard.plan.serving import ModelPlan

PORT = 8080
QUANTIZATION = {
    Quantization.FP8: "fp8",
    Quantization.INT8: "compressed-tensors",
    Quantization.AWQ_INT4: "awq_marlin",
    Quantization.GPTQ_INT4: "gptq_marlin",
}
"""What vLLM is told to expect, as in the cluster."""
_SERVER = ("python", "-m", "vllm.entrypoints.api_server", "--host=0.0.0.0", f"--port={PORT}")
"""Google's own server on top of vLLM; source: Vertex AI guide, serve open models with vLLM."""


def command(model: Model, plan: ModelPlan) -> list[str]:
    """The container's arguments, the program first: its image has an entry point of its own."""
    return [*_SERVER, *(f"--{flag}={value}" for flag, value in _flags(model, plan) if value)]


def _flags(model: Model, plan: ModelPlan) -> Iterator[tuple[str, str | int | float | None]]:
    yield "model", hub_id(model)
    yield "revision", model.revision
    yield "served-model-name", model.name
    yield "tensor-parallel-size", plan.tensor_parallel or 1
    yield "gpu-memory-utilization", runtimes()[plan.engine].usable_share
    yield "max-model-len", plan.context
    yield "max-num-seqs", plan.concurrency
    yield "quantization", QUANTIZATION.get(model.serve.quantization)
    yield "kv-cache-dtype", "fp8" if model.serve.kv_cache == "fp8" else None
    yield "runner", "pooling" if model.type is ModelType.EMBEDDING else None


def hub_id(model: Model) -> str:
    """`Qwen/Qwen3-8B`, as the hub calls it."""
    return model.source.removeprefix("hf://")
