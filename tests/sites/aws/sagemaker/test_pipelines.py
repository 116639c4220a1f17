"""Pipelines: what trains, what is held against its bounds, who may approve, and what starts it."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from tests.support.iam import Of, policies
from tests.support.sagemaker import IMAGE, found, hosted, only, planned

from modelyard.blueprint.model import Retrain
from modelyard.plan.hosted_machine import training_machine
from modelyard.recorder import Graph
from modelyard.sites.aws.sagemaker.retraining import rate

TRAINED = f"""
registry: {{engine: sagemaker}}
pipelines: {{engine: sagemaker}}
tracking: {{engine: sagemaker}}
access: {{approvers: [lead@example.com]}}
models:
  - name: churn
    type: predictive
    source: models:/churn/3
    serve: {{engine: sagemaker, image: "{IMAGE}"}}
    monitor: {{drift: {{distance: 0.1, features: [amount]}}, baseline: s3://weights/base/}}
    retrain:
      {{every: 30d, 'on': [drift], image: "{IMAGE}", command: [python, train.py], timeout: 2h}}
    promote: {{approval: required, benchmark: {{auc: ">= 0.92"}}, fairness: {{parity: "<= 0.1"}}}}
"""


SERVE = f'serve: {{engine: sagemaker, image: "{IMAGE}"}}'
PIPELINES = "pipelines: {engine: sagemaker}"
DRIFTING = f"'on': [drift], image: \"{IMAGE}\""


@cache
def trained() -> Graph:
    return hosted(TRAINED, deployed=False)


def steps() -> dict[str, Any]:
    pipeline = json.loads(only(trained(), "pipeline:Pipeline").inputs["pipelineDefinition"])
    assert pipeline["Version"] == "2020-12-01"
    return {step["Name"]: step for step in pipeline["Steps"]}


def test_training_runs_the_image_privately_and_under_the_training_role() -> None:
    job = steps()["Train"]["Arguments"]
    assert job["AlgorithmSpecification"]["ContainerEntrypoint"] == ["python", "train.py"]
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 7200}
    assert job["OutputDataConfig"]["S3OutputPath"] == "s3://yard/models/churn/"
    assert job["ResourceConfig"]["VolumeKmsKeyId"]
    assert len(job["VpcConfig"]["Subnets"]) == 3
    assert job["RoleArn"] == "${yard-pipelines.arn}"
    assert job["Environment"]["MLFLOW_TRACKING_URI"] == "${yard-tracking.arn}"


def test_a_candidate_is_registered_only_if_it_keeps_every_bound() -> None:
    gates = steps()["Gates"]["Arguments"]
    assert [(c["Type"], c["RightValue"]) for c in gates["Conditions"]] == [
        ("GreaterThanOrEqualTo", 0.92),
        ("LessThanOrEqualTo", 0.1),
    ]
    metrics = steps()["Train"]["Arguments"]["AlgorithmSpecification"]["MetricDefinitions"]
    assert {it["Name"] for it in metrics} == {"auc", "parity"}
    [register], [refused] = gates["IfSteps"], gates["ElseSteps"]
    assert register["Arguments"]["ModelApprovalStatus"] == "PendingManualApproval"
    assert register["Arguments"]["ModelPackageGroupName"] == "yard-churn"
    assert refused["Type"] == "Fail"


def test_without_bounds_and_approval_it_is_registered_as_approved() -> None:
    text = TRAINED[: TRAINED.index("    promote:")]
    pipeline = only(hosted(text, deployed=False), "pipeline:Pipeline")
    names = [it["Name"] for it in json.loads(pipeline.inputs["pipelineDefinition"])["Steps"]]
    assert names == ["Train", "Register"]
    assert '"Approved"' in pipeline.inputs["pipelineDefinition"]


def test_nobody_in_training_approves_and_roles_are_passed_to_sagemaker_alone() -> None:
    allowed = {policy.holder.name: policy.allowed for policy in policies(trained(), Of.IDENTITY)}
    update = "sagemaker:UpdateModelPackage"
    approving = {name for name, all in allowed.items() for it in all if it.can(update)}
    assert approving == {"yard-promotion-churn"}
    passing = [it for all in allowed.values() for it in all if it.can("iam:PassRole")]
    assert [it.resources for it in passing] == [("${yard-pipelines.arn}",)]
    assert passing[0].condition("iam:PassedToService") == ("sagemaker.amazonaws.com",)


def test_the_training_role_writes_models_and_what_runs_leave_behind() -> None:
    [policy] = [it for it in policies(trained(), Of.IDENTITY) if it.holder.name == "yard-pipelines"]
    written = {place for it in policy.allowed if it.can("s3:PutObject") for place in it.resources}
    assert written == {"arn:aws:s3:::yard/models/*", "arn:aws:s3:::yard/training/*"}


def test_it_runs_on_its_cadence() -> None:
    [schedule] = trained().of_type("aws:scheduler/schedule:Schedule")
    assert schedule.inputs["scheduleExpression"] == "rate(30 days)"
    assert schedule.inputs["target"]["arn"] == "${yard-retraining-churn.arn}"


def test_an_alarm_of_drift_starts_it() -> None:
    graph = trained()
    rules = {
        it.name: json.loads(it.inputs["eventPattern"])
        for it in graph.of_type("aws:cloudwatch/eventRule:EventRule")
    }
    names = rules["yard-retraining-churn"]["detail"]["alarmName"]
    alarms = [it.inputs["name"] for it in graph.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")]
    assert names
    assert set(names) <= set(alarms)


def test_a_trigger_alone_makes_the_pipeline_too() -> None:
    graph = hosted(TRAINED.replace("every: 30d, ", ""), deployed=False)
    assert only(graph, "pipeline:Pipeline")
    assert not graph.of_type("aws:scheduler/schedule:Schedule")


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("'on': [drift]", "'on': [accuracy]", "models.0.retrain.on.0"),
        (SERVE, "serve: {engine: sagemaker}", "models.0.retrain"),
        (DRIFTING, DRIFTING.replace(IMAGE, "a:1"), "models.0.retrain.image"),
        (PIPELINES, "pipelines: {engine: sagemaker, keep: 7d}", "pipelines.keep"),
        ("registry: {engine: sagemaker}", "registry: {engine: mlflow}", "pipelines.engine"),
        ("benchmark:", "shadow: 24h, benchmark:", "models.0.promote.shadow"),
    ],
)
def test_what_it_cannot_do_is_refused(old: str, new: str, path: str) -> None:
    assert old in TRAINED
    places = {".".join(map(str, it.path)) for it in found(TRAINED.replace(old, new))}
    assert path in places


@pytest.mark.parametrize(
    ("every", "written"),
    [
        (timedelta(days=1), "rate(1 day)"),
        (timedelta(hours=36), "rate(36 hours)"),
        (timedelta(minutes=90), "rate(90 minutes)"),
    ],
)
def test_a_cadence_is_written_as_eventbridge_does(every: timedelta, written: str) -> None:
    assert rate(every) == written


def test_a_run_has_the_machine_it_asks_for() -> None:
    asked = {"image": "a", "command": ["b"]}
    assert training_machine(Retrain.model_validate(asked)) == "ml.m5.2xlarge"
    small = {**asked, "resources": {"cpu": 2, "memory": "4Gi"}}
    assert training_machine(Retrain.model_validate(small)) == "ml.c5.large"
    several = training_machine(Retrain.model_validate({**asked, "gpus": 4}))
    assert several is not None
    assert several.startswith("ml.g")
    assert training_machine(Retrain.model_validate({**asked, "gpus": 64})) is None


def test_the_bill_names_the_machines_of_training_and_monitoring() -> None:
    by_use = {str(rate) for rate in planned(TRAINED).cost.by_use}
    assert any("ml.m5.2xlarge" in rate for rate in by_use)
    assert any("ml.m5.xlarge" in rate for rate in by_use)
