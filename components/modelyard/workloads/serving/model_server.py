"""Serving one model, whatever the engine."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pulumi

from modelyard.blueprint.serve import Mode
from modelyard.contracts.serving import ServingArgs
from modelyard.plan.shadow import stands_in_shadow
from modelyard.workloads.serving.batch import batch
from modelyard.workloads.serving.edge import edge
from modelyard.workloads.serving.realtime import realtime
from modelyard.workloads.serving.server import prepare
from modelyard.workloads.serving.shadow import shadow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from modelyard.contracts.endpoint import Endpoint
    from modelyard.workloads.serving.engine import Describe

ENGINES = {
    "vllm": "vllm",
    "tensorrt-llm": "tensorrt_llm",
    "ollama": "ollama",
    "llama-cpp": "llama_cpp",
    "onnx-runtime": "onnx_runtime",
    "mlflow": "pyfunc",
    "fastapi": "fastapi",
}
"""Module of each engine that runs in pods of ours; KServe makes its own."""
FORMS = {Mode.REALTIME: realtime, Mode.EDGE: edge, Mode.BATCH: batch}


class ModelServer(pulumi.ComponentResource):
    """One model, served by the engine and in the mode of its plan.

    `endpoint` is where it answers; None in batch mode. Raises LookupError for an engine that has
    a component of its own (KServe), and when the site lacks something that the model needs.
    """

    def __init__(
        self, name: str, args: ServingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:ModelServer", name, None, opts)
        self.endpoint = serve(self, name, args, _engine(args.model_plan.engine))
        self.register_outputs(outputs(args, self.endpoint))


def serve(
    parent: pulumi.Resource, name: str, args: ServingArgs, describe: Describe
) -> Endpoint | None:
    """Make the objects of a model under a component; returns where it answers."""
    server = prepare(parent, name, args, describe)
    if stands_in_shadow(args.model):
        shadow(parent, name, args, describe)
    return FORMS[Mode(args.model_plan.mode)](server)


def outputs(args: ServingArgs, endpoint: Endpoint | None) -> Mapping[str, Any]:
    """What a serving component registers."""
    return {"model": args.model.name, "url": endpoint.url if endpoint else None}


def _engine(name: str) -> Describe:
    if name not in ENGINES:
        raise LookupError(f"'{name}' is served by a component of its own")
    return import_module(f"modelyard.workloads.serving.{ENGINES[name]}").engine
