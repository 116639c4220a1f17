"""Whether a model is still as right as it was: scikit-learn's metrics against a baseline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from modelyard_jobs import registry, scores
from modelyard_jobs.config import Bound, Config, Data, Section
from modelyard_jobs.data import CURRENT, Window, looked_at, window
from modelyard_jobs.judging import CHANCE, judged, undecided
from modelyard_jobs.verdict import Finding, Report, Verdict

if TYPE_CHECKING:
    from modelyard_jobs.scores import Answers

LOGGED_AS = {
    "accuracy": ("accuracy", "accuracy_score", "test_accuracy", "eval_accuracy", "val_accuracy"),
    "f1": ("f1", "f1_score", "test_f1", "eval_f1", "val_f1"),
    "auc": ("auc", "roc_auc", "roc_auc_score", "test_auc", "eval_auc", "val_auc"),
    "rmse": ("rmse", "root_mean_squared_error", "test_rmse", "eval_rmse", "val_rmse"),
    "mae": ("mae", "mean_absolute_error", "test_mae", "eval_mae", "val_mae"),
}
"""What training may have called a metric, MLflow's own evaluation among them. What was measured on
the rows it was trained on is no baseline.
"""


Metric = Literal["accuracy", "f1", "auc", "rmse", "mae"]


class Settings(Section):
    """What decay is held to."""

    drop: float = Field(default=0.05, gt=0, lt=1)
    """Of a metric, relative to its baseline; of an error, its growth."""
    baseline: dict[Metric, float] = {}
    """By metric; what is left out is what the registry's version was measured with."""
    metrics: tuple[Metric, ...] = ()
    """Those of the task where left out."""
    chance: float = Field(default=CHANCE, gt=0, lt=1)
    """What chance alone brings about more often than this is not a breach."""


def run(config: Config, settings: Settings) -> Report:
    """Measure `data.current`, of which the truth is known for some rows at least."""
    current = window(CURRENT, config.data)
    return looked_at(config, (current,), lambda: _measured(config, settings, current))


def _measured(config: Config, settings: Settings, current: Window) -> Iterator[Finding]:
    data = config.data
    lack = _unnamed(data) or current.lacks(data.target, data.prediction, data.score)
    wanted = settings.metrics or scores.usual(data)
    if lack:
        yield from (undecided(name, lack) for name in wanted)
        return
    answers = scores.answers(current.frame, data)
    if len(answers) < data.minimum:
        known = f"of {len(answers)} rows the truth is known, and fewer than {data.minimum}"
        yield from (undecided(name, f"{known} are not judged") for name in wanted)
        return
    baseline = _baseline(config, settings, wanted)
    for name in wanted:
        yield _held(name, answers, baseline.get(name), settings)


def _unnamed(data: Data) -> str:
    if data.target is None:
        return "data.target does not say which column tells the truth"
    if data.prediction is None and data.score is None:
        return "neither data.prediction nor data.score says which column holds the answers"
    return ""


def _baseline(config: Config, settings: Settings, wanted: tuple[str, ...]) -> dict[str, float]:
    """Of the settings, else of the registry, which is asked only for what they leave out."""
    given: dict[str, float] = {**settings.baseline}
    if all(name in given for name in wanted):
        return given
    version = registry.version_of(config.model)
    logged = registry.metrics_of(version) if version else {}
    known = {
        name: logged[alias]
        for name in wanted
        for alias in reversed(LOGGED_AS[name])
        if alias in logged
    }
    return known | given


def _held(name: str, answers: Answers, baseline: float | None, settings: Settings) -> Finding:
    value, reason = scores.value(name, answers)
    if value is None:
        return undecided(name, reason)
    if baseline is None or baseline <= 0:
        return Finding(name, Verdict.UNDECIDED, value=value, reason=_no_baseline(baseline))
    growing = name in scores.ERRORS
    limit = baseline * (1 + settings.drop if growing else 1 - settings.drop)
    return judged(
        name,
        value,
        Bound(max=limit) if growing else Bound(min=limit),
        probability=lambda: scores.chance(name, answers, abs(value - baseline)),
        chance=settings.chance,
        reason=f"{(value - baseline) / baseline:+.1%} of a baseline of {baseline:g}",
    )


def _no_baseline(baseline: float | None) -> str:
    if baseline is None:
        return "no baseline: neither in the settings nor among the metrics of the version"
    return f"nothing is relative to a baseline of {baseline:g}"
