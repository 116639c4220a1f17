"""What the plan has to place for a model to be watched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.serving import HOSTED, engine_of
from modelyard.blueprint.checks.watching import measured
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


def watching_demands(model: Model, site: str, at: Path) -> Iterator[Demand]:
    """What is measured of a model: by jobs of the platform, or by the cloud that serves it."""
    if model.monitor is None:
        return
    served, path = engine_of(model), (*at, "monitor")
    if served in HOSTED:
        for key, (capability, _) in MEASURED_BY.items():
            value = getattr(model.monitor, key)
            if value is not None and value is not False:  # `0%` asks for something, too
                yield Demand(capability, str(served), site, (*path, key), "asked for", model.name)
        return
    found = measured(model)
    if found:
        yield Demand(C.CHECKS, "jobs", site, path, f"'{model.name}' is watched", model.name)
    for key in found:
        capability, library = MEASURED_BY[key]
        said = key in model.monitor.model_fields_set
        where, because = ((*path, key), "asked for") if said else (path, "its data allow it")
        yield Demand(capability, library, site, where, because, model.name)
