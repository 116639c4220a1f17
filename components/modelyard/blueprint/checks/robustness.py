"""Whether a model can be misled on purpose, to see how well it stands that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.checks.evaluation import unanswered
from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.checks.watching import in_cluster
from modelyard.blueprint.model import Model, ModelType
from modelyard.blueprint.monitor import Robustness, Rows, Task

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

OF_CLASSIFIERS, OF_LANGUAGE_MODELS = ("drop", "epsilon"), ("injected", "probes")
"""Keys by what they are about."""


def robustness(blueprint: Blueprint) -> Findings:
    """Classifiers of the registry are attacked row by row, language models by injections."""
    for i, model in enumerate(blueprint.models):
        asked = model.monitor.robustness if model.monitor else None
        if asked is None or not in_cluster(model):
            continue
        at: Path = ("models", i, "monitor", "robustness")
        if model.type is ModelType.LLM:
            yield from _foreign(asked, OF_CLASSIFIERS, "classifiers", at)
            yield from unanswered(model, at)
        elif model.type is ModelType.PREDICTIVE:
            yield from _foreign(asked, OF_LANGUAGE_MODELS, "language models", at)
            yield from attackable(model, at)
        else:
            what = "vectors are not right or wrong, and nothing misleads them"
            yield Finding(at, what, "remove it, or watch the model that reads them")


def _foreign(asked: Robustness, keys: tuple[str, ...], whose: str, at: Path) -> Findings:
    for key in keys:
        if key in asked.model_fields_set:
            yield Finding((*at, key), f"'{key}' is for {whose}", "remove it")


def attackable(model: Model, at: Path) -> Findings:
    """Whether its versions can be loaded, and there are rows to change."""
    data = (model.monitor.data if model.monitor else None) or Rows.left_out()
    known = model.source.startswith("models:/") or model.retrain is not None
    if not known:
        what = f"'{model.name}' is in no registry from which it could be loaded and attacked"
        yield Finding(at, what, "remove it; classifiers of the registry can be attacked")
    lacking = [key for key in ("reference", "target", "features") if not getattr(data, key)]
    if lacking:
        what = f"nothing says which rows of '{model.name}' are attacked"
        yield Finding(at, what, f"add {', '.join(lacking)} to `monitor.data`")
    if data.task is Task.REGRESSION:
        what = "a number is not right or wrong, and no attack tells when it has misled"
        yield Finding(at, what, "remove it; classifiers can be attacked")


RULES = (robustness,)
