"""llama.cpp: GGUF models on accelerators or without, over an OpenAI-compatible API.

Flags: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from modelyard.blueprint.model import ModelType
from modelyard.contracts.serving import ServingArgs
from modelyard.workloads import images
from modelyard.workloads.serving import endpoints, gguf, sizes, sources
from modelyard.workloads.serving.autoscaling import busy
from modelyard.workloads.serving.engine import WEIGHTS, Engine, Trigger
from modelyard.workloads.serving.model_server import outputs, serve

if TYPE_CHECKING:
    from modelyard.contracts.endpoint import Environment


class LlamaCppServer(pulumi.ComponentResource):
    """A model served by llama.cpp."""

    def __init__(
        self, name: str, args: ServingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:LlamaCppServer", name, None, opts)
        self.endpoint = serve(self, name, args, engine)
        self.register_outputs(outputs(args, self.endpoint))


def engine(args: ServingArgs, parent: pulumi.Resource) -> Engine:
    """llama-server; from the hub it fetches its weights itself, and only what is not there yet."""
    model, plan = args.model, args.model_plan
    image = "llama-cpp-cuda" if plan.count else "llama-cpp"
    port = endpoints.port(model, plan.engine)
    return Engine(
        name="llama-cpp",
        image=images.served(args, image),
        user=sources.user(image),
        resources=sizes.language_model(plan),
        command=["/app/llama-server"],
        args=_flags(args, port),
        environment={**_environment(), **sources.token(args, parent)},
        ports={"http": port},
        health=model.serve.health or "/health",
        startup=sizes.loading(plan, least=120) + sizes.downloading(plan),
        weights=gguf.fetch(args),
        keeps_weights=True,
        metrics=("http", "/metrics"),
        triggers=[_queue(plan.concurrency)],
        reaches=sources.reaches(args, model.source),
        internet=sources.outside(args, model.source),
        grace=120,
    )


def _flags(args: ServingArgs, port: int) -> list[str]:
    model, plan = args.model, args.model_plan
    parallel, path = plan.concurrency or 1, gguf.path(args)
    return [
        *(("--model", path) if path else ("--hf-repo", gguf.tagged(model))),
        *("--alias", model.name),
        *("--host", "0.0.0.0", "--port", str(port), "--metrics", "--no-webui"),
        # The context is that of all sequences together.
        *(("--ctx-size", str(plan.context * parallel)) if plan.context else ()),
        *("--parallel", str(parallel)),
        *("--n-gpu-layers", "999" if plan.count else "0"),
        *_cache(args),
        *(("--embeddings",) if model.type is ModelType.EMBEDDING else ()),
    ]


def _cache(args: ServingArgs) -> list[str]:
    if args.model.serve.kv_cache != "fp8":
        return []
    # Values can be kept at 8 bits only with flash attention.
    kind = gguf.CACHE_8_BIT
    return ["--flash-attn", "on", "--cache-type-k", kind, "--cache-type-v", kind]


def _environment() -> Environment:
    """Newer builds keep downloads in the hub's own cache, older ones in theirs."""
    return {"HOME": WEIGHTS, "LLAMA_CACHE": f"{WEIGHTS}/llama.cpp", "HF_HOME": f"{WEIGHTS}/hub"}


def _queue(concurrency: int | None) -> Trigger:
    running, waiting = "llamacpp:requests_processing", "llamacpp:requests_deferred"
    query = f"sum({running}{{series}}) + sum({waiting}{{series}})"
    return Trigger(query=query, threshold=busy(concurrency))
