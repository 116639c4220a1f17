"""Ollama: GGUF models on accelerators or without.

Environment: https://github.com/ollama/ollama/blob/main/envconfig/config.go
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from modelyard.contracts.serving import ServingArgs
from modelyard.objects.pods import Container, Resources
from modelyard.workloads import images
from modelyard.workloads.serving import endpoints, gguf, sizes, sources
from modelyard.workloads.serving.engine import WEIGHTS, Engine
from modelyard.workloads.serving.model_server import outputs, serve

if TYPE_CHECKING:
    from modelyard.contracts.endpoint import Environment

IMAGE = "ollama"
_BRING = """
set -eu
ollama serve &
server=$!
until ollama list >/dev/null 2>&1; do sleep 1; done
ollama show "$MODEL_NAME" >/dev/null 2>&1 || {
%s
}
kill "$server"
wait "$server" || true
"""
"""Only a running server can bring a model onto the volume: one runs there until it is known by its
name.
"""
PULL = (
    _BRING
    % """  ollama pull "$MODEL_SOURCE"
  ollama cp "$MODEL_SOURCE" "$MODEL_NAME\""""
)
"""From the hub."""
CREATE = (
    _BRING
    % """  echo "FROM $MODEL_SOURCE" >"$HOME/Modelfile"
  ollama create "$MODEL_NAME" -f "$HOME/Modelfile\""""
)
"""Of a file on the volume; Ollama keeps a copy of its own."""


class OllamaServer(pulumi.ComponentResource):
    """A model served by Ollama. It exports no metrics, so there is no queue to scale on."""

    def __init__(
        self, name: str, args: ServingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:OllamaServer", name, None, opts)
        self.endpoint = serve(self, name, args, engine)
        self.register_outputs(outputs(args, self.endpoint))


def engine(args: ServingArgs, parent: pulumi.Resource) -> Engine:
    """Ollama with one model, which stays loaded."""
    model, plan = args.model, args.model_plan
    port = endpoints.port(model, plan.engine)
    return Engine(
        name=IMAGE,
        image=images.served(args, IMAGE),
        user=sources.user(IMAGE),
        resources=sizes.language_model(plan),
        command=["ollama"],
        args=["serve"],
        environment=_environment(args, port),
        ports={"http": port},
        health=model.serve.health or "/",
        startup=60,
        weights=[*gguf.fetch(args), _bring(args)],
        keeps_weights=True,
        reaches=sources.reaches(args, model.source),
        internet=sources.outside(args, model.source),
        grace=120,
    )


def _bring(args: ServingArgs) -> Container:
    """Has Ollama know the model under the name that callers use."""
    file = gguf.path(args)
    source = file or f"hf.co/{gguf.tagged(args.model)}"
    names = {"MODEL_SOURCE": source, "MODEL_NAME": args.model.name}
    return Container(
        # As it is called in pods that stand already, whatever it begins with.
        name="model" if file else "weights",
        image=images.served(args, IMAGE),
        resources=Resources(cpu="1", memory="2Gi"),
        command=["/bin/sh", "-c", CREATE if file else PULL],
        environment={**_folders(), **names},
        mounts={WEIGHTS: "weights"},
    )


def _folders() -> Environment:
    return {"HOME": WEIGHTS, "OLLAMA_MODELS": f"{WEIGHTS}/ollama"}


def _environment(args: ServingArgs, port: int) -> Environment:
    plan = args.model_plan
    found = {
        **_folders(),
        "OLLAMA_HOST": f"0.0.0.0:{port}",
        "OLLAMA_KEEP_ALIVE": "-1",
        "OLLAMA_MAX_LOADED_MODELS": "1",
        "OLLAMA_NO_CLOUD": "1",
    }
    if plan.context:
        found["OLLAMA_CONTEXT_LENGTH"] = str(plan.context)
    if plan.concurrency:
        found["OLLAMA_NUM_PARALLEL"] = str(plan.concurrency)
    if args.model.serve.kv_cache == "fp8":
        # A cache of 8 bits needs flash attention.
        found |= {"OLLAMA_KV_CACHE_TYPE": gguf.CACHE_8_BIT, "OLLAMA_FLASH_ATTENTION": "1"}
    return found
