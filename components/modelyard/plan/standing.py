"""Where parts stand: where they say, or where it is plain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.checks.serving import ON_DEVICES, engine_of
from modelyard.blueprint.serve import Mode

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model

REGISTRY = "models:/"


def site_of(blueprint: Blueprint, on: str | None) -> str:
    """Where a part stands: where it says, or on the first site."""
    return on or next(iter(blueprint.sites))


def site_of_model(blueprint: Blueprint, model: Model) -> str:
    """Where a model stands; at the edge, the first edge site unless it says otherwise."""
    edge = (name for name, site in blueprint.sites.items() if getattr(site, "edge", False))
    on_nodes = model.serve.mode is Mode.EDGE and engine_of(model) not in ON_DEVICES
    if model.on is None and on_nodes:
        return next(edge, site_of(blueprint, None))
    return site_of(blueprint, model.on)


def site_of_registry(blueprint: Blueprint) -> str | None:
    """Where the registry stands: where it says, or beside the first model that comes from it."""
    if blueprint.registry:
        return site_of(blueprint, blueprint.registry.on)
    readers = (model for model in blueprint.models if model.source.startswith(REGISTRY))
    reader = next(readers, None)
    return site_of_model(blueprint, reader) if reader else None
