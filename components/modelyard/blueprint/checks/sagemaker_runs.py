"""What SageMaker runs now and then: batch, monitoring, training. When, on what, with what."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.checks.sagemaker import OWN_IMAGE
from modelyard.blueprint.checks.serving import engine_of
from modelyard.blueprint.cron import aws_cron
from modelyard.blueprint.lifecycle import PipelineEngine, Pipelines
from modelyard.blueprint.model import Model
from modelyard.blueprint.monitor import Drift, Monitor
from modelyard.blueprint.serve import Mode, ServingEngine
from modelyard.catalog.sagemaker import CPU, MEMORY, holding, with_gpus

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

HOUR = timedelta(hours=1)
STATISTICS = ("psi", "ks", "embedding")
"""What Evidently measures; SageMaker's analyser knows none of these."""


def schedules(blueprint: Blueprint) -> Findings:
    """Batch runs come by EventBridge, which has to be able to say when."""
    for i, model in enumerate(blueprint.models):
        serve, at = model.serve, ("models", i, "serve")
        if serve.mode is not Mode.BATCH or not _hosted(model):
            continue
        if serve.schedule is None:
            what = "nothing starts a batch run of SageMaker's but a schedule"
            yield Finding(at, what, 'add `schedule: "0 2 * * *"`')
        elif aws_cron(serve.schedule) is None:
            what = f"EventBridge cannot say '{serve.schedule}'"
            next = "name five fields, and days of the month or of the week, not both"
            yield Finding((*at, "schedule"), what, next)
        for key in ("input", "output"):
            if (address := getattr(serve, key)) and not address.startswith("s3://"):
                what = f"SageMaker has no way to {address}"
                yield Finding((*at, key), what, "name an address in a bucket: s3://bucket/path")


def monitors(blueprint: Blueprint) -> Findings:
    """SageMaker compares what an endpoint is asked with what the model was trained on."""
    for i, model in enumerate(blueprint.models):
        if model.monitor is None:
            continue
        at: Path = ("models", i, "monitor")
        drift = model.monitor.drift or Drift.left_out()
        if not _hosted(model):
            for path, given in (
                (("drift", "distance"), drift.distance),
                (("drift", "features"), drift.features),
                (("baseline",), model.monitor.baseline),
            ):
                if given:
                    what = f"'{path[-1]}' is for models that SageMaker serves"
                    yield Finding((*at, *path), what, "remove it, or set `engine: sagemaker`")
            continue
        if model.monitor.data is None:
            yield from _unmeasured(model.monitor, at)
        if model.monitor.data is None or drift.distance or drift.features:
            yield from _monitored(model, at)
        elif model.monitor.baseline:
            next = "remove it, or add `drift: {distance: 0.1, features: […]}`"
            yield Finding((*at, "baseline"), "SageMaker's analyser has nothing to measure", next)


def _unmeasured(monitor: Monitor, at: Path) -> Findings:
    """What the platform's jobs measure where rows are named, and SageMaker's analyser does not."""
    for key in STATISTICS:
        if getattr(monitor.drift or Drift.left_out(), key) is not None:
            what = f"SageMaker's monitor does not measure {key}"
            next = "add `data`, or name `distance: 0.1` and the `features` that it is about"
            yield Finding((*at, "drift", key), what, next)
    for key in ("prediction_shift", "accuracy_drop", "bias", "explain"):
        if getattr(monitor, key) not in (None, False):
            what = f"SageMaker's monitor watches inputs, and pulumi-aws has no job for {key}"
            next = "remove it" if key == "explain" else "add `data`: the platform's jobs measure it"
            yield Finding((*at, key), what, next)


def _monitored(model: Model, at: Path) -> Findings:
    monitor = model.monitor
    assert monitor is not None
    if monitor.drift is None:
        if monitor.every or monitor.baseline:
            key = "every" if monitor.every else "baseline"
            next = "add `drift: {distance: 0.1, features: […]}`"
            yield Finding((*at, key), "nothing is measured", next)
        return
    if model.serve.mode is not Mode.REALTIME:
        what = f"what a model in {model.serve.mode} mode is asked is not kept"
        yield Finding((*at, "drift"), what, "set `mode: realtime`, or remove it")
    if monitor.drift.distance is None or not monitor.drift.features:
        next = "add `distance: 0.1, features: [amount, age]`"
        yield Finding((*at, "drift"), "nothing says which features may wander how far", next)
    if monitor.baseline is None:
        what = "nothing says what the inputs are compared with"
        next = "add `baseline: s3://…/`, where statistics.json and constraints.json lie"
        yield Finding((*at, "drift"), what, next)
    every = monitor.every or HOUR
    if every % HOUR or timedelta(days=1) % every:
        what = "SageMaker's monitors run every hour, or every so many hours of a day"
        yield Finding((*at, "every"), what, "choose 1h, 2h, 3h, 4h, 6h, 8h, 12h or 24h")


def training(blueprint: Blueprint) -> Findings:
    """A pipeline of SageMaker's trains in one image, and registers a version for another."""
    if (blueprint.pipelines or Pipelines.left_out()).engine is not PipelineEngine.SAGEMAKER:
        return
    for i, model in enumerate(blueprint.models):
        at: Path = ("models", i)
        gated = model.promote.benchmark or model.promote.fairness
        if model.retrain is None:
            if gated:
                what = f"nothing trains '{model.name}', so that no gate is ever reached"
                yield Finding((*at, "promote"), what, "add `retrain`, or remove the bounds")
            continue
        if not _hosted(model) or model.serve.image is None:
            what = "SageMaker's pipelines register versions for an image that SageMaker serves"
            yield Finding((*at, "retrain"), what, "set `serve: {engine: sagemaker, image: …}`")
        if model.retrain.image and not OWN_IMAGE.match(model.retrain.image):
            what = f"SageMaker pulls images from ECR alone, not {model.retrain.image}"
            yield Finding((*at, "retrain", "image"), what, "push it to ECR")
        yield from _machine(model, at)


def _machine(model: Model, at: Path) -> Findings:
    retrain = model.retrain
    assert retrain is not None
    asked = retrain.resources
    if retrain.gpus and with_gpus(retrain.gpus) is None:
        what = f"SageMaker has no machine with {retrain.gpus} GPUs that the catalog has a price of"
        yield Finding((*at, "retrain", "gpus"), what, "lower it, or train in the cluster")
    elif not retrain.gpus and holding(asked.cpu or CPU, asked.memory or MEMORY) is None:
        what = "no machine of SageMaker's has so many cores and so much memory"
        yield Finding((*at, "retrain", "resources"), what, "lower them")


def _hosted(model: Model) -> bool:
    return engine_of(model) is ServingEngine.SAGEMAKER


RULES = (schedules, monitors, training)
