"""What must hold between the parts of a blueprint; single values are held by their types."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from modelyard.blueprint.checks import (
    clouds,
    engines,
    facilities,
    features,
    fleets,
    governance,
    ingestion,
    links,
    llm,
    monitoring,
    references,
    sagemaker,
    sagemaker_runs,
    serving,
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
        fleets,
        facilities,
        clouds,
        features,
        ingestion,
        llm,
        serving,
        engines,
        sagemaker,
        sagemaker_runs,
        monitoring,
        governance,
    )
    rules = chain.from_iterable(module.RULES for module in modules)
    return list(chain.from_iterable(rule(blueprint) for rule in rules))
