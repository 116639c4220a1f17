"""What a model goes by: SHAP's importance of each feature, now and on the reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import Field

from modelyard_jobs import registry
from modelyard_jobs.config import Bound, Config, Section
from modelyard_jobs.data import CURRENT, REFERENCE, Window, compared, features
from modelyard_jobs.judging import judged, undecided
from modelyard_jobs.verdict import Finding, Report

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from mlflow.entities.model_registry import ModelVersion

IMPORTANCE, SHIFT = "importance", "importance_shift"
EXACT = 10
"""Features up to which SHAP looks at every combination, by its own choice."""
PERMUTATIONS = 10


class Settings(Section):
    """How a model is explained."""

    top: int = Field(default=10, ge=1)
    """Features that are told; all are in the artifact."""
    shift: float | None = Field(default=None, gt=0, le=1)
    """Of importance that moved from some features to others, where that is to breach."""
    rows: int = Field(default=100, ge=10)
    """Of each window that are explained."""
    background: int = Field(default=50, ge=2)
    """Rows of the reference that stand for a feature's absence."""


def run(config: Config, settings: Settings) -> Report:
    """Explain the registry's version on `data.current` and `data.reference`."""
    return compared(config, lambda old, new: _measured(config, settings, old, new))


def _measured(
    config: Config, settings: Settings, reference: Window, current: Window
) -> Iterator[Finding]:
    version = registry.version_of(config.model)
    if version is None:
        yield undecided(IMPORTANCE, f"the registry has no {registry.registered(config.model)}")
        return
    try:
        model = registry.loaded(version)
    except ImportError as error:
        yield undecided(IMPORTANCE, f"its model needs {error.name}, which is not installed here")
        return
    columns = _inputs(model) or list(features(config.data, reference, current))
    lack = reference.lacks(*columns) or current.lacks(*columns)
    if lack:
        yield undecided(IMPORTANCE, lack)
        return
    try:
        old, new = _importances(model, reference.frame[columns], current.frame[columns], settings)
    except (TypeError, ValueError) as error:  # answers that are no numbers, inputs that it refuses
        yield undecided(IMPORTANCE, f"it does not answer these rows with numbers: {error}")
        return
    _kept(version, old, new)
    yield from _told(old, new, settings)


def _inputs(model: Any) -> list[str]:
    schema = model.metadata.get_input_schema()
    return schema.input_names() if schema and schema.has_input_names() else []


def _importances(
    model: Any, reference: pd.DataFrame, current: pd.DataFrame, settings: Settings
) -> tuple[pd.Series, pd.Series]:
    """Mean size of SHAP's values by feature, as shares of their sum."""
    import shap

    from modelyard_jobs.encoding import Encoding

    encoding = Encoding.of(reference, current)
    background = encoding.encoded(_some(reference, settings.background))
    masker = shap.maskers.Independent(background, max_samples=settings.background)
    explainer = shap.Explainer(_asked(model, encoding), masker, seed=0)
    old, new = (
        _shares(explainer(encoding.encoded(_some(each, settings.rows)), **_effort(each)), each)
        for each in (reference, current)
    )
    return old, new


def _effort(frame: pd.DataFrame) -> dict[str, Any]:
    """Of few features SHAP's values are exact; of more, of so many permutations for each row."""
    columns = frame.shape[1]
    permuted = {"max_evals": PERMUTATIONS * (2 * columns + 1)} if columns > EXACT else {}
    return {"silent": True, **permuted}


def _some(frame: pd.DataFrame, rows: int) -> pd.DataFrame:
    return frame.sample(min(rows, len(frame)), random_state=0)


def _asked(model: Any, encoding: Any) -> Callable[[np.ndarray], np.ndarray]:
    """A function of numbers: probabilities where the model has them, answers otherwise."""
    import numpy as np

    raw = model.get_raw_model() if hasattr(model, "get_raw_model") else None
    answer = getattr(raw, "predict_proba", None) or model.predict
    return lambda rows: np.asarray(answer(encoding.decoded(rows)), dtype="float64")


def _shares(explained: Any, frame: pd.DataFrame) -> pd.Series:
    import numpy as np
    import pandas as pd

    sizes = np.abs(explained.values)
    by_feature = sizes.mean(axis=tuple(axis for axis in range(sizes.ndim) if axis != 1))
    total = by_feature.sum()
    return pd.Series(by_feature / total if total else by_feature, index=list(frame))


def _kept(version: ModelVersion, old: pd.Series, new: pd.Series) -> None:
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    document = {REFERENCE: old.to_dict(), CURRENT: new.to_dict(), "version": version.version}
    registry.kept(version, document, f"modelyard/explain/{at}.json")


def _told(old: pd.Series, new: pd.Series, settings: Settings) -> Iterator[Finding]:
    for name, share in new.nlargest(settings.top).items():
        reason = f"{old[name]:.3f} on the reference"
        yield judged(IMPORTANCE, float(share), subject=str(name), reason=reason)
    moved = float((new - old).abs().sum() / 2)
    yield judged(SHIFT, moved, Bound(max=settings.shift) if settings.shift else None)
