"""What the plan has to place for a model to be watched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.serving import engine_of
from modelyard.blueprint.checks.watching import analysed, in_cluster, measured
from modelyard.plan.capability import Capability as C
from modelyard.plan.demand import Demand
from modelyard.plan.promotion import trained

if TYPE_CHECKING:
    from modelyard.blueprint.checks.finding import Path
    from modelyard.blueprint.model import Model

MEASURED_BY = {
    "drift": (C.DRIFT, "evidently"),
    "prediction_shift": (C.DRIFT, "evidently"),
    "accuracy_drop": (C.PERFORMANCE, "scikit-learn"),
    "bias": (C.FAIRNESS, "fairlearn"),
    "explain": (C.EXPLAINABILITY, "shap"),
    "evaluation": (C.EVALUATION, "ragas"),
    "freshness": (C.FRESHNESS, "jobs"),
    "pii": (C.PERSONAL_DATA, "presidio"),
    "robustness": (C.ROBUSTNESS, "adversarial-robustness-toolbox"),
    "parity": (C.PARITY, "jobs"),
}
"""What a key of `monitor` asks for, and the library that measures it in a cluster."""
BY_VERSION = ("drift", "prediction_shift", "accuracy_drop", "bias", "explain")
"""What is measured of a version of the registry, and told there."""


def asks_registry(model: Model) -> bool:
    """Whether the checks of a model have a registry to ask: what comes from a hub has no versions,
    and its servers and folders are asked without one.
    """
    versions = trained(model) or bool(set(measured(model)) & set(BY_VERSION))
    return in_cluster(model) and versions


def _jobs(model: Model) -> str:
    """Of what a cloud serves no registry in the cluster knows either."""
    return "jobs" if asks_registry(model) else "jobs/unregistered"


def watching_demands(model: Model, site: str, at: Path) -> Iterator[Demand]:
    """What is measured of a model: by jobs of the platform, or by the cloud that serves it."""
    if model.monitor is None:
        return
    served, path, found = engine_of(model), (*at, "monitor"), measured(model)
    if analysed(model):
        yield Demand(C.DRIFT, str(served), site, (*path, "drift"), "asked for", model.name)
    if found:
        yield Demand(C.CHECKS, _jobs(model), site, path, f"'{model.name}' is watched", model.name)
    for key in found:
        capability, library = MEASURED_BY[key]
        said = key in model.monitor.model_fields_set
        where, because = ((*path, key), "asked for") if said else (path, "its data allow it")
        yield Demand(capability, library, site, where, because, model.name)
