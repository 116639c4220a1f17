"""What the plan has to place for a model to be watched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.serving import HOSTED, engine_of
from modelyard.blueprint.checks.watching import analysed, measured
from modelyard.plan.capability import Capability as C
from modelyard.plan.demand import Demand

if TYPE_CHECKING:
    from modelyard.blueprint.checks.finding import Path
    from modelyard.blueprint.model import Model

MEASURED_BY = {
    "drift": (C.DRIFT, "evidently"),
    "prediction_shift": (C.DRIFT, "evidently"),
    "accuracy_drop": (C.PERFORMANCE, "scikit-learn"),
    "bias": (C.FAIRNESS, "fairlearn"),
    "explain": (C.EXPLAINABILITY, "shap"),
}
"""What a key of `monitor` asks for, and the library that measures it in a cluster."""
HOSTED_JOBS = "jobs/hosted"
"""Jobs about a model that a cloud serves, of which no registry in the cluster knows."""


def watching_demands(model: Model, site: str, at: Path) -> Iterator[Demand]:
    """What is measured of a model: by jobs of the platform, or by the cloud that serves it."""
    if model.monitor is None:
        return
    served, path, found = engine_of(model), (*at, "monitor"), measured(model)
    if analysed(model):
        yield Demand(C.DRIFT, str(served), site, (*path, "drift"), "asked for", model.name)
    if found:
        jobs = HOSTED_JOBS if served in HOSTED else "jobs"
        yield Demand(C.CHECKS, jobs, site, path, f"'{model.name}' is watched", model.name)
    for key in found:
        capability, library = MEASURED_BY[key]
        said = key in model.monitor.model_fields_set
        where, because = ((*path, key), "asked for") if said else (path, "its data allow it")
        yield Demand(capability, library, site, where, because, model.name)
