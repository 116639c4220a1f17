"""Whether what training brings can be looked at before anybody lets it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.checks.robustness import attackable
from modelyard.blueprint.checks.watching import outside
from modelyard.blueprint.lifecycle import Pipelines
from modelyard.blueprint.model import CandidateCheck, Model, ModelType

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint


def candidates(blueprint: Blueprint) -> Findings:
    """Steps of a run of Argo's, about what that run learns from and brings."""
    engine = (blueprint.pipelines or Pipelines.left_out()).engine
    for i, model in enumerate(blueprint.models):
        for j, check in enumerate(model.promote.checks):
            at: Path = ("models", i, "promote", "checks", j)
            by_clock = f"`monitor: {{{check}: {{}}}}` looks at what is there, by the clock"
            if outside(blueprint):
                what = f"a pipeline of {engine} runs no job of the platform on its candidates"
                yield Finding(at, what, f"remove it, or run pipelines by argo; {by_clock}")
            elif model.retrain is None:
                what = f"nothing trains '{model.name}': there is no candidate to look at"
                yield Finding(at, what, f"add `retrain`, or remove it; {by_clock}")
            elif check is CandidateCheck.PII:
                yield from _readable(model, at)
            else:
                yield from _misleading(model, at)


def _readable(model: Model, at: Path) -> Findings:
    data = model.monitor.data if model.monitor else None
    if not (model.retrain and model.retrain.data) and not (data and data.reference):
        what = f"nothing says what '{model.name}' is trained on"
        yield Finding(at, what, "add `data: s3://…` to `retrain`, or `reference` to `monitor.data`")


def _misleading(model: Model, at: Path) -> Findings:
    if model.type is ModelType.PREDICTIVE:
        yield from attackable(model, at)
    elif model.type is ModelType.LLM:
        what = f"no server answers with a candidate of '{model.name}' that could be sent injections"
        next = "remove it; `monitor: {robustness: {}}` sends them to what is in production"
        yield Finding(at, what, next)
    else:
        what = "vectors are not right or wrong, and nothing misleads them"
        yield Finding(at, what, "remove it, or look at the model that reads them")


RULES = (candidates,)
