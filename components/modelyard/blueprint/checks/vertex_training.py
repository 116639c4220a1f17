"""What Vertex AI's pipelines can train, and what nothing tells them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.cloud_run import BUCKETS, IN_REGISTRY
from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.lifecycle import PipelineEngine, Pipelines
from modelyard.blueprint.model import Model
from modelyard.catalog.hosted import renting
from modelyard.catalog.machines import machines

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

HOUR = timedelta(hours=1)
READ = ("${", "{{$")
"""What Workflows and Pipelines take for expressions of their own, wherever it stands."""


def pipelines(blueprint: Blueprint) -> Findings:
    """Runs are kept by Vertex AI, whatever a blueprint says."""
    section = blueprint.pipelines
    if section and section.engine is PipelineEngine.VERTEX and section.keep is not None:
        what = "Vertex AI keeps its runs, whatever `keep` says"
        yield Finding(("pipelines", "keep"), what, "remove it")


def training(blueprint: Blueprint) -> Findings:
    """One image trains, and what it makes is a version in a bucket."""
    if (blueprint.pipelines or Pipelines.left_out()).engine is not PipelineEngine.VERTEX:
        return
    for i, model in enumerate(blueprint.models):
        at: Path = ("models", i)
        if model.retrain is None:
            if model.promote.benchmark or model.promote.fairness:
                what = f"nothing trains '{model.name}', so that no gate is ever reached"
                yield Finding((*at, "promote"), what, "add `retrain`, or remove the bounds")
            continue
        if not model.source.startswith(BUCKETS):
            what = (
                f"Vertex AI's pipelines bring versions into the bucket, and not to {model.source}"
            )
            next_step = "name a version there: gs://BUCKET/models/NAME/RUN/, or use argo"
            yield Finding((*at, "source"), what, next_step, BUCKETS)
        yield from _started(model, at)
        yield from _run(model, at)


def _started(model: Model, at: Path) -> Findings:
    retrain = model.retrain
    assert retrain is not None
    if retrain.every and retrain.every % HOUR:
        what = "Cloud Scheduler is to look every hour, or every day"
        yield Finding((*at, "retrain", "every"), what, "name whole hours or days")


def _run(model: Model, at: Path) -> Findings:
    retrain = model.retrain
    assert retrain is not None
    if retrain.image and not IN_REGISTRY.match(retrain.image):
        what = f"Vertex AI is to pull from Artifact Registry alone, not {retrain.image}"
        next_step = "push it there: europe-west4-docker.pkg.dev/PROJECT/REPOSITORY/name:tag"
        yield Finding((*at, "retrain", "image"), what, next_step)
    for j, word in enumerate(retrain.command):
        if any(read in word for read in READ):
            what = f"Google takes part of '{word}' for an expression of its own"
            yield Finding((*at, "retrain", "command", j), what, "put it into a script of the image")
    if retrain.gpus and retrain.gpus > _most_gpus():
        what = f"Vertex AI has no machine with {retrain.gpus} GPUs that the catalog has a price of"
        yield Finding((*at, "retrain", "gpus"), what, "lower it, or train in the cluster")


def _most_gpus() -> int:
    rented = renting(str(PipelineEngine.VERTEX))
    priced = (m for m in machines(rented.provider) if rented.price(m.machine) is not None)
    return max(m.count for m in priced if m.accelerator_facts.vendor == "nvidia")


RULES = (pipelines, training)
