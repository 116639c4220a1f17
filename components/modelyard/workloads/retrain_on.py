"""Training that verdicts start: by asking, not by being called.

A CronWorkflow asks Prometheus every quarter of an hour whether one of the model's alerts fires. The
job that asks also keeps the pause between two runs, in the registry, so that it claims a run once;
only then the workflow goes on to the model's own template. No port is open for it anywhere, and
any Prometheus will do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zlib import crc32

from modelyard.objects.workflows import API
from modelyard.workloads.jobs import configuration
from modelyard.workloads.training_steps import step

if TYPE_CHECKING:
    from modelyard.contracts.context import Context
    from modelyard.contracts.monitoring import Monitoring
    from modelyard.contracts.pipelines import LifecycleArgs
    from modelyard.objects.manifests import Manifest
    from modelyard.plan.watch import Watch

ON = "-retrain-on"
ASK, TRAIN = "trigger", "train"
MINUTES = 15
_VERDICT = "/tmp/verdict"
_YES = "breached"
"""The verdict of `trigger` where training is to start."""


def retrain_on(args: LifecycleArgs, spec: Mapping[str, Any], template: str) -> Manifest:
    """Asks, and runs the template `run` of a model's own. `spec`: what every run begins with."""
    asked = "{{steps.trigger.outputs.parameters.verdict}}"
    train = {
        "name": TRAIN,
        "templateRef": {"name": template, "template": "run"},
        "when": f"{asked} == {_YES}",
    }
    steps = [{"name": ASK, "template": ASK}, train]
    whole = {"name": "ask", "steps": [[step] for step in steps]}
    return {
        "apiVersion": API,
        "kind": "CronWorkflow",
        "metadata": {"name": f"{args.model.name}{ON}"},
        "spec": {
            "schedules": [schedule(args.model.name)],
            "timezone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 60 * MINUTES,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 3,
            "workflowMetadata": {"labels": dict(spec["podMetadata"]["labels"])},
            "workflowSpec": {**spec, "entrypoint": "ask", "templates": [whole, _ask(args)]},
        },
    }


def _ask(args: LifecycleArgs) -> Mapping[str, Any]:
    """Asks and claims. Nobody keeps the logs of all that it did not find."""
    assert args.watch is not None  # placed only where verdicts start training
    assert args.monitoring is not None
    settings = asking(args.context, args.watch, args.monitoring)
    config = configuration(ASK, args.model, settings)
    flags = ["--report-only", "--verdict", _VERDICT]
    asked = step(args, config, {}, flags=flags, outputs={"verdict": _VERDICT})
    return {**asked, "archiveLocation": {"archiveLogs": False}}


def asking(context: Context, watch: Watch, monitoring: Monitoring) -> Mapping[str, Any]:
    """What job `trigger` is told of whom it asks, for what, and how often it may start a run."""
    return {
        "on": list(watch.on),
        "prometheus": monitoring.prometheus.url,
        "platform": context.scope,
        "cooldown": int(watch.cooldown.total_seconds()),
    }


def schedule(model: str) -> str:
    """Every quarter of an hour; models at different minutes."""
    return f"{crc32(model.encode()) % MINUTES}-59/{MINUTES} * * * *"


def single_flight(model: str) -> Mapping[str, Any]:
    """One run of a model at a time, whoever starts it; and how each ended, for Prometheus."""

    def told(when: str, value: str) -> Mapping[str, Any]:
        return {
            "name": "modelyard_training_failed",
            "help": "Whether the last training run of a model failed",
            "labels": [{"key": "model", "value": model}],
            "when": f"{{{{status}}}} {when} Succeeded",
            "gauge": {"value": value, "realtime": False},
        }

    return {
        "synchronization": {"mutexes": [{"name": f"{model}-training"}]},
        "metrics": {"prometheus": [told("==", "0"), told("!=", "1")]},
    }
