"""vLLM: language and embedding models, over an OpenAI-compatible API.

Flags and metrics: https://docs.vllm.ai, version 0.33 (metrics read off that release).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi

from modelyard.blueprint.model import ModelType
from modelyard.blueprint.serve import Mode, Quantization
from modelyard.contracts.serving import ServingArgs
from modelyard.plan.memory import shape_of
from modelyard.workloads import images
from modelyard.workloads.serving import endpoints, sizes, sources
from modelyard.workloads.serving.autoscaling import busy
from modelyard.workloads.serving.engine import SCRATCH, WEIGHTS, Engine, Trigger
from modelyard.workloads.serving.model_server import outputs, serve

if TYPE_CHECKING:
    from modelyard.contracts.endpoint import Environment
    from modelyard.objects.pods import Container

IMAGE = "vllm"
GPU_SHARE = "0.9"
"""Of an accelerator's memory: what sizing reckons with (`catalog/runtimes.csv`)."""
GRACE = 120
QUANTIZATION = {
    Quantization.FP8: "fp8",
    Quantization.INT8: "compressed-tensors",
    Quantization.AWQ_INT4: "awq_marlin",
    Quantization.GPTQ_INT4: "gptq_marlin",
}
"""What vLLM is told to expect. It quantizes to FP8 by itself; a checkpoint has to be in the other
formats already, and one that is not is refused at start instead of being loaded unquantized."""


class VllmServer(pulumi.ComponentResource):
    """A model served by vLLM."""

    def __init__(
        self, name: str, args: ServingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:VllmServer", name, None, opts)
        self.endpoint = serve(self, name, args, engine)
        self.register_outputs(outputs(args, self.endpoint))


def engine(args: ServingArgs, parent: pulumi.Resource) -> Engine:
    """The engine as the plan sized it, on weights that an init container has fetched."""
    batch = args.model_plan.mode == Mode.BATCH
    port = endpoints.port(args.model, args.model_plan.engine)
    serve, source = args.model.serve, args.model.source
    draft = serve.speculative.model if serve.speculative else None
    return Engine(
        name=IMAGE,
        image=images.served(args, IMAGE),
        user=sources.user(IMAGE),
        resources=sizes.language_model(args.model_plan),
        command=["vllm", "run-batch" if batch else "serve"],
        args=_batch_flags(args) if batch else _server_flags(args, port),
        environment=_environment(args),
        ports={} if batch else {"http": port},
        health=None if batch else serve.health or "/health",
        startup=sizes.loading(args.model_plan),
        weights=_weights(args, parent),
        keeps_weights=True,
        memory_volume=sizes.shared_memory(args.model_plan),
        metrics=None if batch else ("http", "/metrics"),
        triggers=triggers(args.model_plan.concurrency),
        reaches=sources.reaches(args, source, draft, serve.input, serve.output),
        internet=sources.outside(args, source, draft),
        grace=GRACE,
        moves_data=batch,
    )


def triggers(concurrency: int | None) -> list[Trigger]:
    """Requests under way and waiting, and the KV cache: long contexts fill it with few requests."""
    running, waiting = "vllm:num_requests_running", "vllm:num_requests_waiting"
    return [
        Trigger(
            query=f"sum({running}{{series}}) + sum({waiting}{{series}})",
            threshold=busy(concurrency),
        ),
        Trigger(query="avg(vllm:kv_cache_usage_perc{series})", threshold=0.85, each=False),
    ]


def _server_flags(args: ServingArgs, port: int) -> list[str]:
    path = sources.folder(args.model.source, args.model.revision)
    drained = GRACE - 30
    return [
        path,
        *("--host", "0.0.0.0", "--port", str(port)),
        *flags(args),
        *("--shutdown-timeout", str(drained)),
        *("--disable-access-log-for-endpoints", "/health,/metrics"),
        *_queue(args),
    ]


def _queue(args: ServingArgs) -> list[str]:
    """Where another site takes what is too much, it is told so (503) instead of left waiting.

    The number is of requests under way and waiting. The flag is that of vLLM's change 49445 of July
    2026; it was not read off this release.
    """
    if args.elsewhere is None or args.model_plan.concurrency is None:
        return []
    return ["--max-num-queued-reqs", str(2 * args.model_plan.concurrency)]


def _batch_flags(args: ServingArgs) -> list[str]:
    serve = args.model.serve
    return [
        *("--input-file", sources.data_file("input", serve.input)),
        *("--output-file", sources.data_file("output", serve.output)),
        *("--model", sources.folder(args.model.source, args.model.revision)),
        *flags(args),
    ]


def flags(args: ServingArgs) -> list[str]:
    """What follows from the plan and from `serve`; KServe's vLLM takes them too."""
    model, plan = args.model, args.model_plan
    found = {
        "--served-model-name": model.name,
        "--tensor-parallel-size": str(plan.tensor_parallel or 1),
        "--gpu-memory-utilization": GPU_SHARE,
        "--max-model-len": plan.context and str(plan.context),
        "--max-num-seqs": plan.concurrency and str(plan.concurrency),
        "--quantization": QUANTIZATION.get(model.serve.quantization),
        "--kv-cache-dtype": "fp8" if model.serve.kv_cache == "fp8" else None,
        "--runner": "pooling" if model.type is ModelType.EMBEDDING else None,
        "--speculative-config": _speculative(args),
    }
    return [part for flag, value in found.items() if value for part in (flag, value)]


def _speculative(args: ServingArgs) -> str | None:
    draft = args.model.serve.speculative
    if draft is None:
        return None
    folder = sources.folder(draft.model)
    return json.dumps({"model": folder, "num_speculative_tokens": draft.tokens})


def _environment(args: ServingArgs) -> Environment:
    """Offline: all it needs is on the volume, and it tells nobody that it runs."""
    return {
        "HOME": SCRATCH,
        "USER": IMAGE,
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        # Compiled graphs outlive a restart beside the weights.
        "VLLM_CACHE_ROOT": f"{WEIGHTS}/.vllm",
        "TRITON_CACHE_DIR": f"{WEIGHTS}/.triton",
        **_chunked_attention(args),
    }


def _chunked_attention(args: ServingArgs) -> Environment:
    """Llama 4 keeps chunks of tokens in most layers; sizing counts on it, vLLM has to be asked."""
    shape = shape_of(args.model)
    chunked = shape is not None and shape.family.startswith("llama-4")
    return {"VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE": "1"} if chunked else {}


def _weights(args: ServingArgs, parent: pulumi.Resource) -> list[Container]:
    credentials, model = sources.token(args, parent), args.model
    path = sources.folder(model.source, model.revision)
    fetched = [sources.fetch(args, model.source, path, credentials)]
    if draft := model.serve.speculative:
        drafts = sources.folder(draft.model)
        fetched.append(sources.fetch(args, draft.model, drafts, credentials, name="draft"))
    return fetched
