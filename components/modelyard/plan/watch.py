"""What each model is held to: every limit with where it comes from, and the jobs that measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.checks.evaluation import ROLES
from modelyard.blueprint.checks.finding import Finding
from modelyard.blueprint.checks.watching import heard, measured, outside
from modelyard.blueprint.model import Model, RetrainTrigger
from modelyard.blueprint.monitor import Drift, Monitor, Rows
from modelyard.blueprint.units import Threshold, show_duration, show_percent
from modelyard.catalog.thresholds import threshold
from modelyard.plan import cadence
from modelyard.plan.asking import evaluation, freshness, robustness
from modelyard.plan.bounds import bounds
from modelyard.plan.candidates import candidate_limits, personal
from modelyard.plan.check import BLUEPRINT, FIELD, SAID, Check, Limit, Part, number, told
from modelyard.plan.demands import pipelines_of
from modelyard.plan.standing import site_of_model

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

PARITY, ODDS = "demographic_parity_difference", "equalized_odds_difference"
ALERTS: Mapping[RetrainTrigger, tuple[str, ...]] = {
    RetrainTrigger.DRIFT: ("DataDrift", "EmbeddingDrift"),
    RetrainTrigger.PREDICTION_SHIFT: ("PredictionShift",),
    RetrainTrigger.ACCURACY: ("PerformanceDrop",),
    RetrainTrigger.DATA: (),
}
"""The alerts by which a trigger is seen."""


@dataclass(frozen=True)
class Watch:
    """How one model is watched and when it is trained anew."""

    model: str
    site: str
    every: timedelta
    """Time between two runs of its checks."""
    checks: tuple[Check, ...]
    limits: tuple[Limit, ...]
    on: tuple[str, ...] = ()
    """Alerts that start training."""
    cooldown: timedelta = timedelta(0)
    outside: bool = False
    """Whether a cloud trains it, whose own alarms tell of runs that fail."""

    def settings(self, job: str) -> Mapping[str, Any] | None:
        """What a check is told; None where it does not run."""
        return next((check.settings for check in self.checks if check.job == job), None)

    def json(self) -> Mapping[str, Any]:
        return {
            "model": self.model,
            "site": self.site,
            "every": show_duration(self.every) if self.checks else None,
            "checks": [check.job for check in self.checks],
            "limits": [vars(limit) for limit in self.limits],
            "retrained_on": list(self.on),
        }


def watches_of(blueprint: Blueprint) -> tuple[Watch, ...]:
    """One for each model that is watched or trained anew."""
    found = (_watch(blueprint, model) for model in blueprint.models)
    return tuple(watch for watch in found if watch.checks or watch.limits)


def unheard(blueprint: Blueprint) -> Iterator[Finding]:
    """Training is started by what Prometheus beside it says, and so of models beside it."""
    _, trains = pipelines_of(blueprint)
    for i, model in enumerate(blueprint.models):
        site = site_of_model(blueprint, model)
        if heard(blueprint, model) and site != trains:
            what = f"'{model.name}' is watched on '{site}', and trained on '{trains}'"
            next = f"put it on '{trains}', or `pipelines: {{on: {site}}}`"
            yield Finding(("models", i, "retrain", "on"), what, next)


def apart(blueprint: Blueprint) -> Iterator[Finding]:
    """Who judges a model's answers stands beside it: nothing else lets their jobs in."""
    for i, model in enumerate(blueprint.models):
        asked = model.monitor.evaluation if model.monitor else None
        for role in ROLES if asked else ():
            name, site = getattr(asked, role), site_of_model(blueprint, model)
            there = [site_of_model(blueprint, m) for m in blueprint.models if m.name == name]
            if there and there[0] != site:
                what = f"'{name}' is on '{there[0]}', and judges what is answered on '{site}'"
                path = ("models", i, "monitor", "evaluation", role)
                yield Finding(path, what, f"name a model on '{site}'")


def _watch(blueprint: Blueprint, model: Model) -> Watch:
    keys, monitor = measured(model), model.monitor or Monitor.left_out()
    parts = [part(model, monitor) for about, part in PARTS.items() if set(about) & set(keys)]
    clock = [_clock(monitor)] if parts else []
    held = [limit for _, limits in parts for limit in limits]
    return Watch(
        model=model.name,
        site=site_of_model(blueprint, model),
        every=monitor.every or threshold("every").duration,
        checks=tuple(check for check, _ in parts),
        limits=(*held, *clock, *candidate_limits(model), *_runs(blueprint, model)),
        on=tuple(alert for trigger in heard(blueprint, model) for alert in ALERTS[trigger]),
        cooldown=cadence.cooldown(model),
        outside=outside(blueprint),
    )


def _drift(model: Model, monitor: Monitor) -> Part:
    drift, data = monitor.drift or Drift.left_out(), monitor.data or Rows.left_out()
    answers = bool(data.prediction or data.score)
    psi, at_psi = number("drift", "psi", drift.psi)
    shift, at_shift = number("drift", "prediction_shift", monitor.prediction_shift, show_percent)
    vectors, at_vectors = number("drift", "embedding", drift.embedding)
    settings = {"psi": psi, "ks": drift.ks, "alert_share": drift.share}
    limits = [at_psi, *_asked(drift), *([at_shift] if answers else [])]
    limits += [at_vectors] if data.embedding else []
    given = told({**settings, "prediction_shift": shift, "embedding": vectors})
    return Check("drift", given), limits


def _asked(drift: Drift) -> Iterator[Limit]:
    """Limits that there are only where the blueprint has them."""
    if drift.ks is not None:
        why = "the distributions are then held to be different"
        yield Limit("drift", "ks", f">= {drift.ks:g}", BLUEPRINT, why)
    if drift.share is not None:
        why = "of the features may have drifted"
        yield Limit("drift", "share", f"<= {show_percent(drift.share)}", BLUEPRINT, why)


def _performance(model: Model, monitor: Monitor) -> Part:
    given = monitor.accuracy_drop
    drop, limit = number("performance", "drop", given, show_percent, "accuracy_drop")
    settings = {
        "drop": drop,
        "metrics": list(monitor.metrics) or None,
        "baseline": dict(monitor.expected) or None,
    }
    return Check("performance", told(settings)), [limit]


def _bias(model: Model, monitor: Monitor) -> Part:
    """By the same bounds as a version that is to be let in."""
    truth = monitor.data and monitor.data.target
    usual = [threshold(PARITY), *([threshold(ODDS)] if truth else [])]
    given = model.promote.fairness
    held = given or {each.id: Threshold("<=", each.number) for each in usual}
    why = {each.id: each.reason for each in usual}
    limits = [
        Limit("bias", metric, str(at), *((BLUEPRINT, SAID) if given else (FIELD, why[metric])))
        for metric, at in held.items()
    ]
    return Check("bias", {"limits": bounds(held)}), limits


def _explain(model: Model, monitor: Monitor) -> Part:
    top = threshold("top")
    limit = Limit("explain", "features told", f"{top.number:g}", FIELD, top.reason)
    return Check("explain", {"top": int(top.number)}), [limit]


def _parity(model: Model, monitor: Monitor) -> Part:
    """Of a batch run and realtime, by what both were asked."""
    del model
    asked = monitor.parity
    assert asked is not None  # measured
    share, limit = number("parity", "differing", asked.share, show_percent)
    tolerance, at = number("parity", "tolerance", asked.tolerance)
    settings = {"key": asked.key, "share": share, "tolerance": tolerance}
    return Check("parity", settings, data={"reference": asked.batch}), [limit, at]


PARTS: Mapping[tuple[str, ...], Callable[[Model, Monitor], Part]] = {
    ("drift", "prediction_shift"): _drift,
    ("accuracy_drop",): _performance,
    ("bias",): _bias,
    ("explain",): _explain,
    ("evaluation",): evaluation,
    ("freshness",): freshness,
    ("pii",): personal,
    ("robustness",): robustness,
    ("parity",): _parity,
}
"""Jobs by the keys of `monitor` that they measure."""


def _clock(monitor: Monitor) -> Limit:
    known = threshold("every")
    origin, why = (BLUEPRINT, SAID) if monitor.every else (FIELD, known.reason)
    every = show_duration(monitor.every or known.duration)
    return Limit("all checks", "run", f"every {every}", origin, why)


def _runs(blueprint: Blueprint, model: Model) -> Iterator[Limit]:
    """When training starts."""
    every, retrain = cadence.cadence(blueprint, model), model.retrain
    if retrain is None:
        return
    if every is not None:
        known = threshold("cadence")
        origin, why = (BLUEPRINT, SAID) if retrain.every else (FIELD, known.reason)
        yield Limit("retraining", "cadence", f"every {show_duration(every)}", origin, why)
    if heard(blueprint, model):
        known = threshold("cooldown")
        origin, why = (BLUEPRINT, SAID) if retrain.cooldown else (FIELD, known.reason)
        pause = show_duration(cadence.cooldown(model))
        yield Limit("retraining", "cooldown", pause, origin, why)
