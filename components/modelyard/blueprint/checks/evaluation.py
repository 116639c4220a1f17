"""Whether a language model's answers can be judged, and by those whom the blueprint names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.checks.serving import engine_of
from modelyard.blueprint.checks.watching import in_cluster
from modelyard.blueprint.llm import EvaluationEngine
from modelyard.blueprint.model import Model, ModelType
from modelyard.blueprint.monitor import Answers, Evaluation
from modelyard.blueprint.serve import Mode, ServingEngine

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

E = ServingEngine
ASKED: Mapping[ModelType, tuple[ServingEngine, ...]] = {
    ModelType.LLM: (E.VLLM, E.KSERVE, E.OLLAMA, E.LLAMA_CPP),
    ModelType.EMBEDDING: (E.VLLM, E.OLLAMA, E.LLAMA_CPP),
    ModelType.PREDICTIVE: (E.FASTAPI,),
}
"""Engines that a job can ask: by OpenAI's interface and the model's own name; a classifier is an
image that answers as text-embeddings-inference does.
"""
MORE_IS_BETTER = (Answers.FAITHFULNESS, Answers.ANSWER_RELEVANCE, Answers.CONTEXT_RELEVANCE)
MEASURED_WITH: Mapping[Answers, str] = {
    Answers.ANSWER_RELEVANCE: "embeddings",
    Answers.TOXICITY: "classifier",
    Answers.COST: "price",
}
"""What `evaluation` has to name for a measure; the others need the judge alone, or a clock."""
ROLES: Mapping[str, ModelType] = {
    "judge": ModelType.LLM,
    "embeddings": ModelType.EMBEDDING,
    "classifier": ModelType.PREDICTIVE,
}
"""Models that `evaluation` names, and what they have to be."""


def evaluations(blueprint: Blueprint) -> Findings:
    """Who answers and who judges can be asked, and each limit be measured."""
    for i, model in enumerate(blueprint.models):
        asked = model.monitor.evaluation if model.monitor else None
        if asked is None or not in_cluster(model):
            continue
        at: Path = ("models", i, "monitor", "evaluation")
        if model.type is not ModelType.LLM:
            what = f"'{model.name}' answers no questions: it is no language model"
            yield Finding(at, what, "remove it, or watch it by `data`")
            continue
        yield from unanswered(model, at)
        for role in ROLES:
            yield from _role(blueprint, model, asked, role, at)
        yield from _limits(asked, at)


def unanswered(model: Model, at: Path) -> Findings:
    """A model that no job can ask."""
    engines = ASKED[model.type]
    if engine_of(model) not in engines:
        what = f"jobs do not know how to ask '{model.name}', which {engine_of(model)} serves"
        names = tuple(str(engine) for engine in engines)
        yield Finding(at, what, f"serve it by {' or '.join(names)}", names)
    elif model.serve.mode is not Mode.REALTIME:
        what = f"'{model.name}' answers in {model.serve.mode} mode, and cannot be asked"
        yield Finding(at, what, "serve it in realtime")


def _role(blueprint: Blueprint, model: Model, asked: Evaluation, role: str, at: Path) -> Findings:
    name, path = getattr(asked, role), (*at, role)
    if name is None:
        return
    fit = tuple(_fit(blueprint, model, ROLES[role]))
    found = next((each for each in blueprint.models if each.name == name), None)
    if name == model.name:
        what = "nobody is the judge of their own answers"
        yield Finding(path, what, "name another model", fit)
    elif found is None:
        yield Finding(path, f"there is no model '{name}'", "name one of the blueprint", fit)
    elif found.type is not ROLES[role]:
        what = f"'{name}' is no {ROLES[role]} model"
        yield Finding(path, what, f"name a model of type {ROLES[role]}", fit)
    else:
        yield from unanswered(found, path)


def _fit(blueprint: Blueprint, model: Model, type: ModelType) -> Iterator[str]:
    """Models that may be named for a role."""
    for other in blueprint.models:
        if other.type is type and other.name != model.name and not [*unanswered(other, ())]:
            yield other.name


def _limits(asked: Evaluation, at: Path) -> Findings:
    """Each on the side where it means something, of what is measured."""
    for measure, bound in asked.limits.items():
        path: Path = (*at, "limits", measure.value)
        more = measure in MORE_IS_BETTER
        if bound.operator[0] != (">" if more else "<"):
            side = "at least, such as `>= 0.8`" if more else "at most, such as `<= 0.05`"
            what = f"of {measure} {'more' if more else 'less'} is better"
            yield Finding(path, what, f"say what it is to be {side}")
        needed = MEASURED_WITH.get(measure)
        if needed and getattr(asked, needed) is None:
            what = f"nothing measures {measure} without '{needed}'"
            yield Finding(path, what, f"add `{needed}` to `evaluation`, or remove the limit")


def engine(blueprint: Blueprint) -> Findings:
    """What judges answers needs questions."""
    if blueprint.llm is None or blueprint.llm.evaluation is not EvaluationEngine.RAGAS:
        return
    if not any(model.monitor and model.monitor.evaluation for model in blueprint.models):
        what = "nothing says which questions are asked, and who judges the answers"
        next = "add `monitor: {evaluation: {dataset: s3://…, judge: MODEL}}` to a language model"
        yield Finding(("llm", "evaluation"), what, next)


RULES = (evaluations, engine)
