"""Drift of a hosted model: measured against the baseline, told by feature, and nothing made up."""

from __future__ import annotations

import pytest
from tests.support.iam import Of, policies
from tests.support.sagemaker import IMAGE, found, hosted, only

WATCHED = f"""
models:
  - name: churn
    type: predictive
    source: s3://weights/churn/model.tar.gz
    serve: {{engine: sagemaker, image: "{IMAGE}"%s}}
    monitor: {{%s}}
"""
DRIFT = "drift: {distance: 0.1, features: [amount, age]}, baseline: s3://weights/base/"


def watched(monitor: str = DRIFT, serve: str = "") -> str:
    return WATCHED % (serve, monitor)


def test_what_is_asked_is_held_against_the_baseline() -> None:
    graph = hosted(watched())
    job = only(graph, "dataQualityJobDefinition:DataQualityJobDefinition").inputs
    baseline = job["dataQualityBaselineConfig"]
    assert baseline["constraintsResource"]["s3Uri"] == "s3://weights/base/constraints.json"
    assert job["dataQualityJobInput"]["endpointInput"]["endpointName"] == "yard-churn"
    assert job["jobResources"]["clusterConfig"]["volumeKmsKeyId"]
    assert job["networkConfig"]["enableInterContainerTrafficEncryption"] is True
    schedule = only(graph, "monitoringSchedule:MonitoringSchedule").inputs
    config = schedule["monitoringScheduleConfig"]
    assert config["monitoringJobDefinitionName"] == job["name"]
    assert config["scheduleConfig"]["scheduleExpression"] == "cron(0 * ? * * *)"


def test_each_feature_has_an_alarm_at_the_distance_that_is_allowed() -> None:
    alarms = {
        it.inputs["metricName"]: it.inputs
        for it in hosted(watched()).of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
        if "drift" in it.name
    }
    assert set(alarms) == {"feature_baseline_drift_amount", "feature_baseline_drift_age"}
    for alarm in alarms.values():
        assert alarm["threshold"] == 0.1
        assert alarm["dimensions"] == {
            "Endpoint": "yard-churn",
            "MonitoringSchedule": "yard-churn-drift",
        }


@pytest.mark.parametrize(
    ("every", "cron"), [("6h", "cron(0 0/6 ? * * *)"), ("24h", "cron(0 0 ? * * *)")]
)
def test_it_runs_as_often_as_it_is_told(every: str, cron: str) -> None:
    schedule = only(
        hosted(watched(f"{DRIFT}, every: {every}")), "monitoringSchedule:MonitoringSchedule"
    )
    config = schedule.inputs["monitoringScheduleConfig"]
    assert config["scheduleConfig"]["scheduleExpression"] == cron


def test_its_role_reads_what_was_asked_and_writes_reports() -> None:
    graph = hosted(watched(), deployed=False)
    [policy] = [it for it in policies(graph, Of.IDENTITY) if it.holder.name.endswith("-monitor")]
    places = {
        action: {place for it in policy.allowed if it.can(action) for place in it.resources}
        for action in ("s3:GetObject", "s3:PutObject")
    }
    assert places == {
        "s3:GetObject": {"arn:aws:s3:::yard/captured/churn/*", "arn:aws:s3:::weights/base/*"},
        "s3:PutObject": {"arn:aws:s3:::yard/monitoring/churn/*"},
    }


@pytest.mark.parametrize(
    ("monitor", "serve", "path"),
    [
        ("drift: {psi: 0.2}", "", "drift.psi"),
        ("drift: {distance: 0.1, features: [a]}", "", "drift"),
        ("drift: {distance: 0.1}, baseline: s3://b/c/", "", "drift"),
        (f"{DRIFT}, every: 90m", "", "every"),
        (f"{DRIFT}, every: 5h", "", "every"),
        (f"{DRIFT}, prediction_shift: 15%", "", "prediction_shift"),
        ("every: 1h", "", "every"),
        (DRIFT, ", mode: async", "drift"),
        ("accuracy_drop: 5%", "", "accuracy_drop"),
        ("bias: true", "", "bias"),
        ("explain: true", "", "explain"),
    ],
)
def test_what_it_cannot_measure_is_refused(monitor: str, serve: str, path: str) -> None:
    places = {".".join(map(str, it.path)) for it in found(watched(monitor, serve))}
    assert f"models.0.monitor.{path}" in places


def test_a_model_of_the_cluster_is_not_watched_by_sagemaker() -> None:
    text = """
    models:
      - name: m
        type: predictive
        source: s3://b/m
        serve: {engine: fastapi, image: 'a:1'}
        monitor: {drift: {distance: 0.1, features: [a]}, baseline: s3://b/c/}
    """
    places = {".".join(map(str, it.path)) for it in found(text)}
    assert {"models.0.monitor.drift.distance", "models.0.monitor.baseline"} <= places
