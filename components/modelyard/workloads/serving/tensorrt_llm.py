"""TensorRT-LLM: language models on NVIDIA accelerators, over an OpenAI-compatible API.

Flags: `trtllm-serve serve --help` of release 1.2 with its PyTorch backend, which reads from the
checkpoint how its weights are quantized.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi

from modelyard.contracts.serving import ServingArgs
from modelyard.workloads import images
from modelyard.workloads.serving import endpoints, sizes, sources
from modelyard.workloads.serving.engine import CONFIG, SCRATCH, Engine, Trigger
from modelyard.workloads.serving.model_server import outputs, serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelyard.contracts.endpoint import Environment

IMAGE = "tensorrt-llm"
QUEUE_SECONDS = 0.5
"""How long requests may wait on average before another replica is wanted."""


class TensorRtLlmServer(pulumi.ComponentResource):
    """A model served by TensorRT-LLM."""

    def __init__(
        self, name: str, args: ServingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:TensorRtLlmServer", name, None, opts)
        self.endpoint = serve(self, name, args, engine)
        self.register_outputs(outputs(args, self.endpoint))


def engine(args: ServingArgs, parent: pulumi.Resource) -> Engine:
    """TensorRT-LLM as the plan sized it."""
    model, plan = args.model, args.model_plan
    port = endpoints.port(model, plan.engine)
    folder = sources.folder(model.source, model.revision)
    return Engine(
        name=IMAGE,
        image=images.served(args, IMAGE),
        user=sources.user(IMAGE),
        resources=sizes.language_model(plan),
        command=["trtllm-serve", "serve"],
        args=[folder, *_flags(args, port)],
        environment=_environment(),
        ports={"http": port},
        health=model.serve.health or "/health",
        # Engines and CUDA graphs are made for every batch size before the first request.
        startup=sizes.loading(plan, least=900),
        weights=[sources.fetch(args, model.source, folder, sources.token(args, parent))],
        keeps_weights=True,
        memory_volume=sizes.shared_memory(plan),
        files={"config.yaml": json.dumps(_config(args), sort_keys=True)},
        metrics=("http", "/prometheus/metrics"),
        triggers=[_queue()],
        reaches=sources.reaches(args, model.source),
        internet=sources.outside(args, model.source),
        grace=120,
    )


def _flags(args: ServingArgs, port: int) -> list[str]:
    plan = args.model_plan
    found = {
        "--host": "0.0.0.0",
        "--port": str(port),
        "--backend": "pytorch",
        "--tp_size": str(plan.tensor_parallel or 1),
        "--max_seq_len": plan.context and str(plan.context),
        "--max_batch_size": plan.concurrency and str(plan.concurrency),
        # Of what is free once the weights are loaded: the rest is the overhead that sizing keeps.
        "--kv_cache_free_gpu_memory_fraction": "0.9",
        "--config": f"{CONFIG}/config.yaml",
    }
    return [part for flag, value in found.items() if value for part in (flag, value)]


def _config(args: ServingArgs) -> Mapping[str, object]:
    """What has no flag. JSON is YAML."""
    config: dict[str, object] = {"return_perf_metrics": True}
    if args.model.serve.kv_cache == "fp8":
        config["kv_cache_config"] = {"dtype": "fp8", "free_gpu_memory_fraction": 0.9}
    return config


def _environment() -> Environment:
    return {
        "HOME": SCRATCH,
        "USER": IMAGE,
        "HF_HUB_OFFLINE": "1",
        "TLLM_LOG_LEVEL": "info",
        # More than one rank starts through MPI, which keeps its session files here.
        "OMPI_MCA_orte_tmpdir_base": SCRATCH,
    }


def _queue() -> Trigger:
    """How long requests wait: release 1.2 counts what has finished, not what is in the queue."""
    metric = "trtllm_request_queue_time_seconds"
    waited = f"sum(rate({metric}_sum{{series}}[2m]))"
    finished = f"clamp_min(sum(rate({metric}_count{{series}}[2m])), 0.001)"
    return Trigger(query=f"{waited} / {finished}", threshold=QUEUE_SECONDS, each=False)
