"""What must hold between the parts of a blueprint; single values are held by their types."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from modelyard.blueprint.checks import (
    airgap,
    bare,
    candidates,
    cloud_run,
    clouds,
    engines,
    evaluation,
    facilities,
    features,
    fleets,
    google,
    google_nodes,
    google_services,
    governance,
    greengrass,
    ingestion,
    links,
    llm,
    monitoring,
    policies,
    references,
    registry,
    robustness,
    sagemaker,
    sagemaker_runs,
    serving,
    shadowing,
    vertex,
    vertex_features,
    vertex_training,
    watching,
)
from modelyard.blueprint.checks.finding import Finding

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

__all__ = ["Finding", "check"]


def check(blueprint: Blueprint) -> list[Finding]:
    """Every finding, in the order of the rules; none of them stops another."""
    modules = (
        references,
        links,
        registry,
        fleets,
        facilities,
        bare,
        airgap,
        clouds,
        google,
        google_nodes,
        features,
        ingestion,
        google_services,
        llm,
        serving,
        engines,
        sagemaker,
        sagemaker_runs,
        vertex,
        vertex_features,
        cloud_run,
        greengrass,
        vertex_training,
        monitoring,
        watching,
        evaluation,
        robustness,
        candidates,
        shadowing,
        governance,
        policies,
    )
    rules = chain.from_iterable(module.RULES for module in modules)
    return list(chain.from_iterable(rule(blueprint) for rule in rules))
