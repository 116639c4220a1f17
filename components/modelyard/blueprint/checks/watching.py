"""Whether what is to be watched of a model can be measured, and what starts training be seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.checks.serving import HOSTED, engine_of
from modelyard.blueprint.data_plane import ValidationEngine
from modelyard.blueprint.lifecycle import PipelineEngine, Pipelines
from modelyard.blueprint.model import Approval, CandidateCheck, Model, ModelType, RetrainTrigger
from modelyard.blueprint.monitor import Metric, Monitor, Rows, Task
from modelyard.blueprint.serve import ServingEngine

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

NEEDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "drift": (("reference",), ("current",)),
    "prediction_shift": (("reference",), ("current",), ("prediction", "score")),
    "accuracy_drop": (("current",), ("target",), ("prediction", "score"), ("task",)),
    "bias": (("current",), ("prediction",), ("sensitive",)),
    "explain": (("reference",), ("current",)),
    "evaluation": (),
    "freshness": (),
    "pii": (("reference", "current"),),
    "robustness": (),
    "parity": (("current",), ("prediction", "score")),
}
"""What `data` has to name for a key of `monitor` to be measured: one of each."""
IMPLIED = ("drift", "prediction_shift", "accuracy_drop")
"""What is measured without being asked for, where `data` allow it."""
SEEN_BY: Mapping[RetrainTrigger, str] = {
    RetrainTrigger.DRIFT: "drift",
    RetrainTrigger.PREDICTION_SHIFT: "prediction_shift",
    RetrainTrigger.ACCURACY: "accuracy_drop",
}
"""The key of `monitor` that a trigger follows from."""
EXAMPLES: Mapping[str, str] = {
    "reference": "reference: s3://…",
    "current": "current: s3://…",
    "prediction": "prediction: COLUMN",
    "target": "target: COLUMN",
    "task": "task: classification",
    "sensitive": "sensitive: [COLUMN]",
}
FAIRNESS = (
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equalized_odds_difference",
    "equalized_odds_ratio",
)
"""What the check of bias measures."""
METRICS: Mapping[Task, tuple[Metric, ...]] = {
    Task.CLASSIFICATION: (Metric.ACCURACY, Metric.F1, Metric.AUC),
    Task.REGRESSION: (Metric.RMSE, Metric.MAE),
}
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
SHORTEST = timedelta(minutes=15)
OUTSIDE = (PipelineEngine.SAGEMAKER, PipelineEngine.VERTEX)
"""Pipelines that run outside the cluster, with triggers and gates of their own."""


def in_cluster(model: Model) -> bool:
    """Whether a server of the cluster's answers, and no cloud's own."""
    return engine_of(model) not in HOSTED


def checked(model: Model) -> bool:
    """Whether the platform's own jobs watch it: what a cloud serves, where rows of it are named."""
    monitor = model.monitor
    return monitor is not None and (in_cluster(model) or monitor.data is not None)


def measured(model: Model) -> tuple[str, ...]:
    """The keys of `monitor` that jobs measure: asked for, or allowed by `data`."""
    monitor = model.monitor
    if monitor is None or not checked(model):
        return ()
    return tuple(key for key in NEEDS if _asked(monitor, key) or _implied(monitor, key))


def analysed(model: Model) -> bool:
    """Whether SageMaker's own analyser measures its drift."""
    drift = model.monitor and model.monitor.drift
    return engine_of(model) is ServingEngine.SAGEMAKER and bool(drift and drift.distance)


def outside(blueprint: Blueprint) -> bool:
    """Whether training runs outside the cluster."""
    return (blueprint.pipelines or Pipelines.left_out()).engine in OUTSIDE


def heard(blueprint: Blueprint, model: Model) -> tuple[RetrainTrigger, ...]:
    """The verdicts for which Prometheus is asked whether training is to start."""
    on = model.retrain.on if model.retrain else ()
    if not outside(blueprint):
        return on
    return tuple(trigger for trigger in on if SEEN_BY.get(trigger) in measured(model))


def _asked(monitor: Monitor, key: str) -> bool:
    value = getattr(monitor, key)
    return value is not None and value is not False  # `0%` asks for something, too


def _implied(monitor: Monitor, key: str) -> bool:
    return key in IMPLIED and monitor.data is not None and not _missing(monitor.data, key)


def _missing(data: Rows, key: str) -> list[str]:
    """What `data` lack for a key, each as one may write it."""
    lacking = [one for one in NEEDS[key] if not any(getattr(data, each) for each in one)]
    return [EXAMPLES[one[0]] for one in lacking]


def rows(blueprint: Blueprint) -> Findings:
    """Nothing is measured without rows to measure it on."""
    for i, model in enumerate(blueprint.models):
        at: Path = ("models", i, "monitor")
        if model.monitor is None or not checked(model):
            continue
        found = measured(model)
        for key in found:
            lacking = _missing(model.monitor.data or Rows.left_out(), key)
            if lacking:
                what = f"nothing says what '{key}' of '{model.name}' is measured on"
                yield Finding((*at, key), what, f"add `data: {{{', '.join(lacking)}}}`")
        if not found and not analysed(model) and not model.promote.checks:
            what = f"nothing of '{model.name}' is measured"
            next = "add `data: {reference: s3://…, current: s3://…}`"
            yield Finding(at, what, next)
        yield from _settings(model.monitor, found, at)
        yield from _measures(model, found, at)


def _settings(monitor: Monitor, found: tuple[str, ...], at: Path) -> Findings:
    """Keys that say how something is measured go with what they are about."""
    data, drift = monitor.data or Rows.left_out(), monitor.drift
    if data.window and not data.timestamp:
        what = "nothing says how old a row is"
        yield Finding((*at, "data", "window"), what, "add `timestamp: COLUMN`")
    if drift and drift.embedding is not None and data.embedding is None:
        what = "nothing says which column has the vectors"
        yield Finding((*at, "drift", "embedding"), what, "add `data: {embedding: COLUMN}`")
    for key in ("metrics", "expected"):
        if getattr(monitor, key) and "accuracy_drop" not in found:
            what = f"'{key}' is about performance, which nothing measures"
            next = "remove it, or name `target`, `prediction` and `task` in `data`"
            yield Finding((*at, key), what, next)
    if monitor.every and not _regular(monitor.every):
        what = "a clock has no such step"
        next = "choose 15m, 30m, 1h, 2h, 3h, 4h, 6h, 8h, 12h, 1d or 7d"
        yield Finding((*at, "every"), what, next)


def _measures(model: Model, found: tuple[str, ...], at: Path) -> Findings:
    """What is asked for is among what can be measured, and can be kept at all."""
    monitor = model.monitor or Monitor.left_out()
    task = monitor.data.task if monitor.data else None
    for key in ("metrics", "expected") if task else ():
        for metric in getattr(monitor, key):
            if task and metric not in METRICS[task]:
                allowed = METRICS[task]
                what = f"{metric} is no metric of a {task}"
                yield Finding((*at, key), what, f"choose {', '.join(allowed)}", allowed)
            elif metric is Metric.AUC and monitor.data and not monitor.data.score:
                what = "nothing says which column has the probability that auc goes by"
                yield Finding((*at, key), what, "add `data: {score: COLUMN}`")
    for key in ("prediction_shift", "accuracy_drop"):
        if getattr(monitor, key) in (0, 1):
            what = "every sample differs a little, and nothing by all of it"
            yield Finding((*at, key), what, "choose a share between the two, such as 5%")
    if "bias" not in found:
        return
    if task is Task.REGRESSION:
        what = "of numbers no share is positive, and groups have nothing to compare"
        yield Finding((*at, "bias"), what, "remove it, or watch the decision made of them")
    for metric in sorted(model.promote.fairness.keys() - set(FAIRNESS)):
        what = f"the check of bias does not measure {metric}, which `promote.fairness` bounds"
        yield Finding((*at, "bias"), what, f"bound one of {', '.join(FAIRNESS)}", FAIRNESS)


def gates(blueprint: Blueprint) -> Findings:
    """A gate is passed by what training brings, or by what a person lets in."""
    if outside(blueprint):
        return
    for i, model in enumerate(blueprint.models):
        promote = model.promote
        waits = promote.approval is Approval.REQUIRED or model.retrain is not None
        for key in ("benchmark", "fairness", "shadow"):
            # Bounds of fairness are those of the check of bias, too.
            watched = key == "fairness" and "bias" in measured(model)
            if getattr(promote, key) and not waits and not watched:
                what = f"nothing brings another version of '{model.name}': no gate is ever reached"
                next = "add `retrain`, or `approval: required`, or remove it"
                yield Finding(("models", i, "promote", key), what, next)


def _regular(every: timedelta) -> bool:
    """Whether cron can say it without a gap at the end of an hour, a day or a month."""
    whole = every % HOUR if every >= HOUR else every % timedelta(minutes=1)
    steps = (HOUR, DAY) if every >= SHORTEST else ()
    return not whole and (every == WEEK or any(not step % every for step in steps))


def baselines(blueprint: Blueprint) -> Findings:
    """Worse is worse than something; and only what the registry has can be asked why."""
    for i, model in enumerate(blueprint.models):
        at: Path = ("models", i, "monitor")
        registered = model.source.startswith("models:/") or model.retrain is not None
        known = registered and in_cluster(model)
        found = measured(model)
        if "accuracy_drop" in found and model.monitor and not (known or model.monitor.expected):
            what = f"nothing says how well '{model.name}' answered before"
            yield Finding(at, what, "add `expected: {auc: 0.9}`, with the metrics of its release")
        if "explain" in found and (model.type is not ModelType.PREDICTIVE or not known):
            what = f"nothing can be asked which features '{model.name}' depends on"
            next = "remove it; predictive models of MLflow's registry can be explained"
            yield Finding((*at, "explain"), what, next)


def elsewhere(blueprint: Blueprint) -> Findings:
    """A cloud's own monitor reads no rows of ours, and its pipelines hold no data to a suite."""
    for i, model in enumerate(blueprint.models):
        at: Path = ("models", i)
        if model.monitor and not checked(model):
            for key in sorted(model.monitor.model_fields_set & {"metrics", "expected"}):
                what = f"'{key}' is about rows, and nothing names those of '{model.name}'"
                yield Finding((*at, "monitor", key), what, "add `data`, or remove it")
        for key in ("data", "suite"):
            if outside(blueprint) and model.retrain and getattr(model.retrain, key) is not None:
                what = f"'{key}' is for pipelines in the cluster"
                yield Finding((*at, "retrain", key), what, "remove it, or run pipelines by argo")


def triggers(blueprint: Blueprint) -> Findings:
    """What starts training has to be measured, and a pause to be one between such starts."""
    for i, model in enumerate(blueprint.models):
        if model.retrain is None:
            continue
        at: Path = ("models", i, "retrain")
        seen = (*measured(model), *(["drift"] if analysed(model) else []))
        for j, trigger in enumerate(model.retrain.on):
            key = SEEN_BY.get(trigger)
            if key and key not in seen:
                what = f"nothing watches the {trigger} of '{model.name}'"
                yield Finding((*at, "on", j), what, f"add `monitor` with `data` for {key}")
        if model.retrain.cooldown and not heard(blueprint, model):
            what = "nothing starts a run of which another would have to wait"
            next = "remove it, or add `on: [drift]` with `monitor.data`"
            yield Finding((*at, "cooldown"), what, next)


def validation(blueprint: Blueprint) -> Findings:
    """A suite and the data that it is held against go together, and with who holds them."""
    chosen = blueprint.ingestion.validation if blueprint.ingestion else None
    wanted = chosen is ValidationEngine.GREAT_EXPECTATIONS
    suites = False
    for i, model in enumerate(blueprint.models):
        retrain, at = model.retrain, ("models", i, "retrain")
        given = [key for key in ("data", "suite") if retrain and getattr(retrain, key)]
        if given == ["data"] and CandidateCheck.PII in model.promote.checks:
            continue
        suites = suites or len(given) == 2
        if len(given) == 1:
            what = "data are held against a suite: one without the other says nothing"
            yield Finding((*at, given[0]), what, "add `data: s3://…, suite: s3://…`")
        if given and not wanted:
            what = "nothing holds data against a suite"
            next = "add `ingestion: {validation: great-expectations}`, or remove it"
            yield Finding((*at, given[0]), what, next)
    if wanted and not suites:
        what = "nothing says which data have to meet which expectations"
        next = "add `data: s3://…, suite: s3://…` to the `retrain` of a model"
        yield Finding(("ingestion", "validation"), what, next)


def artifacts(blueprint: Blueprint) -> Findings:
    """A digest is of one artifact, which training replaces."""
    for i, model in enumerate(blueprint.models):
        artifact, at = model.artifact, ("models", i, "artifact")
        if artifact is None:
            continue
        if artifact.sha256 and model.retrain:
            what = f"'{model.name}' is trained anew: no version has the digest of another"
            yield Finding((*at, "sha256"), what, "remove it, or ask for a signature")


RULES = (rows, baselines, elsewhere, triggers, gates, validation, artifacts)
