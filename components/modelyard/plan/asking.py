"""Checks that ask: a language model and its judge, a model that is misled, documents how old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.evaluation import MEASURED_WITH, MORE_IS_BETTER, ROLES
from modelyard.blueprint.model import ModelType
from modelyard.blueprint.monitor import Answers, Evaluation, Robustness
from modelyard.blueprint.units import Threshold, show_duration, show_percent
from modelyard.catalog.thresholds import threshold, thresholds
from modelyard.plan.bounds import bounds
from modelyard.plan.check import BLUEPRINT, FIELD, SAID, Check, Limit, Part, number, told

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.blueprint.monitor import Monitor

TARGET, CLASSIFIER = "target", "classifier"


def evaluation(model: Model, monitor: Monitor) -> Part:
    """The model is asked, its answers are judged by another, and each measure has its limit."""
    asked = monitor.evaluation
    assert asked is not None  # measured
    held = dict(_held(asked))
    price = asked.price.model_dump() if asked.price else None
    roles = {role: getattr(asked, role) for role in ROLES}
    check = Check(
        "evaluate",
        told({"limits": bounds({each.value: at for each, at in held.items()}), "price": price}),
        asks={TARGET: model.name, **{role: name for role, name in roles.items() if name}},
        reads={"dataset": asked.dataset},
    )
    return check, [_limit(asked, each, at) for each, at in held.items()]


def _held(asked: Evaluation) -> Iterator[tuple[Answers, Threshold]]:
    """The field's limits of what can be measured, and the blueprint's over them."""
    for each in Answers:
        needed = MEASURED_WITH.get(each)
        if each in asked.limits:
            yield each, asked.limits[each]
        elif each in thresholds() and (needed is None or getattr(asked, needed)):
            side = ">=" if each in MORE_IS_BETTER else "<="
            yield each, Threshold(side, threshold(each).number)


def _limit(asked: Evaluation, each: Answers, at: Threshold) -> Limit:
    ours = each not in asked.limits
    origin, why = (FIELD, threshold(each).reason) if ours else (BLUEPRINT, SAID)
    return Limit("evaluate", each.value, str(at), origin, why)


def freshness(model: Model, monitor: Monitor) -> Part:
    """How old the newest document is."""
    del model
    asked, known = monitor.freshness, threshold("age")
    assert asked is not None  # measured
    age = asked.age or known.duration
    origin, why = (BLUEPRINT, SAID) if asked.age else (FIELD, known.reason)
    limit = Limit("freshness", "age", f"<= {show_duration(age)}", origin, why)
    settings = {"age": int(age.total_seconds())}
    return Check("freshness", settings, reads={"objects": asked.at}), [limit]


def robustness(model: Model, monitor: Monitor) -> Part:
    """A classifier is attacked row by row, a language model by injections."""
    asked = monitor.robustness or Robustness.left_out()
    if model.type is not ModelType.LLM:
        drop, at_drop = _of("robustness_drop", "drop", asked.drop)
        epsilon = threshold("epsilon").number if asked.epsilon is None else asked.epsilon
        return Check("robustness", {"drop": drop, "epsilon": epsilon}), [at_drop]
    injected, limit = _of("injected_share", "injected_share", asked.injected)
    reads = {"probes": asked.probes} if asked.probes else {}
    asks: Mapping[str, str] = {TARGET: model.name}
    return Check("robustness", {"injected": injected}, asks=asks, reads=reads), [limit]


def _of(default: str, measure: str, given: float | None) -> tuple[float, Limit]:
    return number("robustness", measure, given, show_percent, default)


def asked_by(model: Model) -> frozenset[str]:
    """Models that the checks of one ask."""
    parts = {"evaluation": evaluation, "robustness": robustness}
    monitor = model.monitor
    found = [
        part(model, monitor)[0]
        for key, part in parts.items()
        if monitor is not None and getattr(monitor, key) is not None
    ]
    return frozenset(name for check in found for name in check.asks.values())
