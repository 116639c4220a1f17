"""A run of Vertex AI Pipelines, as its API takes it: one step, the team's own training.

Source: Vertex AI API reference, PipelineJob; Kubeflow Pipelines, pipeline_spec.proto (2.1.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.blueprint.model import Retrain
from modelyard.catalog.hosted import renting
from modelyard.plan.hosted_machine import training_gpus

ENGINE = "vertex"
CORES, GIB = 4, 32
"""What a run has for each GPU, or as a whole, where the blueprint says nothing."""
_STEP = "train"
_GB = 10**9


def pipeline_job(
    called: str,
    retrain: Retrain,
    environment: Mapping[str, pulumi.Input[str]],
    *,
    root: str,
    account: pulumi.Input[str],
    key: pulumi.Input[str],
) -> Mapping[str, Any]:
    """The request; `root` is where Pipelines itself keeps what it has to."""
    return {
        "displayName": called,
        "labels": {"model": called},
        "serviceAccount": account,
        "encryptionSpec": {"kmsKeyName": key},
        "runtimeConfig": {
            "gcsOutputDirectory": root,
            "failurePolicy": "PIPELINE_FAILURE_POLICY_FAIL_FAST",
        },
        "pipelineSpec": _spec(called, retrain, environment),
    }


def _spec(
    called: str, retrain: Retrain, environment: Mapping[str, pulumi.Input[str]]
) -> Mapping[str, Any]:
    container = {
        "image": retrain.image,
        "command": list(retrain.command),
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "resources": resources(retrain),
    }
    task = {
        "taskInfo": {"name": _STEP},
        "componentRef": {"name": f"comp-{_STEP}"},
        "cachingOptions": {"enableCache": False},
    }
    return {
        "schemaVersion": "2.1.0",
        "sdkVersion": "kfp-2.17.0",
        "pipelineInfo": {"name": called},
        "components": {f"comp-{_STEP}": {"executorLabel": f"exec-{_STEP}"}},
        "deploymentSpec": {"executors": {f"exec-{_STEP}": {"container": container}}},
        "root": {"dag": {"tasks": {_STEP: task}}},
    }


def resources(retrain: Retrain) -> Mapping[str, Any]:
    """Cores, GB and GPUs, from which Vertex AI chooses the machine."""
    share, asked = retrain.gpus or 1, retrain.resources
    cores = asked.cpu / 1000 if asked.cpu else CORES * share
    memory = asked.memory or GIB * 2**30 * share
    found = {"cpuLimit": cores, "memoryLimit": round(memory / _GB, 3)}
    machine = training_gpus(retrain, ENGINE)
    if machine is None:
        return found
    kind = renting(ENGINE).accelerators[machine.accelerator]
    return {**found, "accelerator": {"type": kind, "count": str(machine.count)}}
