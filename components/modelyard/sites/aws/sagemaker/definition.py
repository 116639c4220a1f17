"""The definition of a pipeline: train, hold against the gates, register.

Source: SageMaker's JSON schema of pipeline definitions, version 2020-12-01; SageMaker API
reference, CreateTrainingJob and CreateModelPackage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from modelyard.blueprint.model import Approval, Model
from modelyard.blueprint.units import Threshold

VERSION = "2020-12-01"
BECAUSE = "Because"
"""Parameter that says what started a run."""
TYPES = ("text/csv", "application/json")
CONDITIONS = {
    ">=": "GreaterThanOrEqualTo",
    ">": "GreaterThan",
    "<=": "LessThanOrEqualTo",
    "<": "LessThan",
    "==": "Equals",
}
Step = Mapping[str, Any]


def definition(steps: Sequence[Step]) -> pulumi.Output[str]:
    """A pipeline of these steps, as JSON."""
    parameter = {"Name": BECAUSE, "Type": "String", "DefaultValue": "manual"}
    experiment = {
        "ExperimentName": {"Get": "Execution.PipelineName"},
        "TrialName": {"Get": "Execution.PipelineExecutionId"},
    }
    return pulumi.Output.json_dumps(
        {
            "Version": VERSION,
            "Metadata": {},
            "Parameters": [parameter],
            "PipelineExperimentConfig": experiment,
            "Steps": list(steps),
        }
    )


def train(arguments: Mapping[str, Any]) -> Step:
    return {"Name": "Train", "Type": "Training", "Arguments": arguments}


def metrics(model: Model) -> list[Mapping[str, str]]:
    """How SageMaker finds the metrics of the gates in what training prints: `auc=0.93`."""
    return [{"Name": name, "Regex": f"{name}=([-+0-9.eE]+)"} for name in gates(model)]


def gates(model: Model) -> Mapping[str, Threshold]:
    """Every bound that a candidate has to keep."""
    return {**model.promote.benchmark, **model.promote.fairness}


def gated(model: Model, register: Step) -> Step:
    """Registers what keeps every bound, and fails otherwise; without bounds it registers."""
    bounds = gates(model)
    if not bounds:
        return register
    refused = {
        "Name": "Refused",
        "Type": "Fail",
        "Arguments": {"ErrorMessage": f"{model.name} keeps not all of: {_written(bounds)}"},
    }
    conditions = [_condition(name, bound) for name, bound in bounds.items()]
    return {
        "Name": "Gates",
        "Type": "Condition",
        "Arguments": {"Conditions": conditions, "IfSteps": [register], "ElseSteps": [refused]},
    }


def _condition(name: str, bound: Threshold) -> Mapping[str, Any]:
    value = f"Steps.Train.FinalMetricDataList['{name}'].Value"
    return {
        "Type": CONDITIONS[bound.operator],
        "LeftValue": {"Get": value},
        "RightValue": bound.value,
    }


def _written(bounds: Mapping[str, Threshold]) -> str:
    return ", ".join(f"{name} {bound}" for name, bound in bounds.items())


def register(model: Model, group: str, machine: str | None) -> Step:
    """A version that somebody has to approve, or that is approved where nobody has to."""
    waits = model.promote.approval is Approval.REQUIRED
    container = {
        "Image": model.serve.image,
        "ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"},
    }
    machines = {"SupportedRealtimeInferenceInstanceTypes": [machine]} if machine else {}
    return {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": group,
            "ModelApprovalStatus": "PendingManualApproval" if waits else "Approved",
            "InferenceSpecification": {
                "Containers": [container],
                "SupportedContentTypes": list(TYPES),
                "SupportedResponseMIMETypes": list(TYPES),
                **machines,
            },
        },
    }
