"""What containers that run a team's own code are told: registry, features, and the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.model import ModelType
from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import SecretKey
from modelyard.objects.pods import IDENTITY
from modelyard.workloads.serving import sources

if TYPE_CHECKING:
    from pulumi import Input

    from modelyard.contracts.endpoint import Endpoint, Environment
    from modelyard.contracts.guardrails import Guardrails
    from modelyard.contracts.identity import WorkloadIdentity
    from modelyard.contracts.rag import Rag
    from modelyard.contracts.registry import Registry
    from modelyard.contracts.serving import ServingArgs


def environment(args: ServingArgs) -> Environment:
    """Addresses and credentials of what the model's code may read."""
    found: dict[str, Input[str] | SecretKey] = {
        "HOME": "/tmp",
        "MODELYARD_MODEL": args.model.name,
        "MODELYARD_TOKEN_FILE": f"{IDENTITY}/token",
        "MODELYARD_MODEL_SOURCE": sources.located(args, args.model.source),
    }
    if args.features:
        found["MODELYARD_FEATURES_URL"] = args.features.online.url
    if args.model.source.startswith(sources.REGISTRY):
        found |= registry(args).environment(Purpose.PRODUCTION)
    if _uses_store(args):
        found |= sources.access(args)
    for part in _of_language_models(args):
        found |= part.environment(_account(args))
    return found


def reaches(args: ServingArgs) -> tuple[Endpoint, ...]:
    """What such a container may connect to."""
    serve, source = args.model.serve, args.model.source
    features = [args.features.online] if args.features else []
    from_registry = [registry(args).endpoint] if source.startswith(sources.REGISTRY) else []
    stored = sources.reaches(args, source, serve.input, serve.output)
    asked = [part.endpoint for part in _of_language_models(args)]
    return (*features, *from_registry, *stored, *asked)


def _of_language_models(args: ServingArgs) -> list[Guardrails | Rag]:
    """What code around a language model asks besides: guardrails, and the store of documents."""
    asks = args.model.type is ModelType.LLM
    return [part for part in (args.guardrails, args.rag) if part is not None and asks]


def _account(args: ServingArgs) -> WorkloadIdentity:
    assert args.runs_as is not None  # made before its container is described
    return args.runs_as


def registry(args: ServingArgs) -> Registry:
    """The registry behind `models:/`. Raises LookupError when the site has none."""
    if args.registry is None:
        raise LookupError(f"'{args.model.name}' comes from a registry, and its site has none")
    return args.registry


def _uses_store(args: ServingArgs) -> bool:
    serve = args.model.serve
    return sources.stored(args, args.model.source, serve.input, serve.output)
