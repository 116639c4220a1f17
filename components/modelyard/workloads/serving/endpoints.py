"""Where models answer: known from the blueprint, so that one can be told of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.model import ModelType
from modelyard.blueprint.serve import Mode, ServingEngine
from modelyard.contracts.endpoint import Endpoint, Peer
from modelyard.objects.manifests import selector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelyard.blueprint.model import Model
    from modelyard.contracts.serving import ServingArgs
    from modelyard.plan.serving import ModelPlan

PORTS = {
    ServingEngine.VLLM: 8000,
    ServingEngine.TENSORRT_LLM: 8000,
    ServingEngine.OLLAMA: 11434,
    ServingEngine.LLAMA_CPP: 8080,
    ServingEngine.ONNX: 8000,
    ServingEngine.KSERVE: 8080,
    ServingEngine.MLFLOW: 8080,
    ServingEngine.FASTAPI: 8080,
}
"""Where each engine answers unless an image of one's own says otherwise."""
KSERVE_LLM_PORT = 8000
"""What KServe's templates for language models assume; it cannot be changed."""


def port(model: Model, engine: str) -> int:
    if engine == ServingEngine.KSERVE and model.type is ModelType.LLM:
        return KSERVE_LLM_PORT
    return model.serve.port or PORTS[ServingEngine(engine)]


def service(model: Model, engine: str) -> str:
    """Name of the Service: the model's own, where KServe does not take that for itself."""
    return f"{model.name}-server" if engine == ServingEngine.KSERVE else model.name


def endpoint(model: Model, plan: ModelPlan, namespace: str) -> Endpoint | None:
    """Where a model answers; None in batch mode."""
    if plan.mode == Mode.BATCH:
        return None
    host = f"{service(model, plan.engine)}.{namespace}.svc"
    peer = Peer(namespace, selector(model.name))
    return Endpoint(host=host, port=port(model, plan.engine), peer=peer)


def upstream(args: ServingArgs, namespace: str) -> Mapping[str, Endpoint]:
    """The models that a model reads, by name; those that run in batch have no endpoint.

    Raises LookupError for one that is not on the same site.
    """
    plans = {model.name: (model, plan) for model, plan in args.models}
    missing = [name for name in args.model.depends_on if name not in plans]
    if missing:
        names = ", ".join(missing)
        raise LookupError(f"'{args.model.name}' depends on {names}, not on the same site")
    found = {name: endpoint(*plans[name], namespace) for name in args.model.depends_on}
    return {name: answers for name, answers in found.items() if answers is not None}


def upstream_environment(endpoints: Mapping[str, Endpoint]) -> Mapping[str, str]:
    """`MODELYARD_UPSTREAM_<NAME>_URL` for each of them."""
    return {
        f"MODELYARD_UPSTREAM_{name.upper().replace('-', '_')}_URL": answers.url
        for name, answers in endpoints.items()
    }
