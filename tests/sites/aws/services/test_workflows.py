"""Airflow and Step Functions: private, scoped, and nothing is loaded that was not validated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.support.aws_services import of, paths, served
from tests.support.iam import Of, policies
from tests.support.iam_grants import granted

from modelyard.recorder import check_inputs

AIRFLOW = 'ingestion: {engine: airflow, requirements: ["pandas==2.2.3", "dvc-s3==3.2.0"]}'
LOAD = """
ingestion:
  engine: step-functions
  load: load-orders
  validation: glue
  every: 1h
  rules:
    - {table: orders, rules: ['IsComplete "id"']}
    - {table: customers, rules: ["RowCount > 0"]}
"""
ARTIFACTS = "arn:aws:s3:::yard-artifacts-123456789012-eu-west-1"


def test_airflow_is_reached_from_inside_the_network_alone() -> None:
    graph = served(AIRFLOW, False)
    [environment] = of(graph, "mwaa/environment:Environment")
    assert environment["webserverAccessMode"] == "PRIVATE_ONLY"
    subnets = environment["networkConfiguration"]["subnetIds"]
    assert len(subnets) == 2
    assert all("private" in subnet for subnet in subnets)
    assert environment["kmsKey"] == "${yard-kms-logs.arn}"
    assert all(log["enabled"] for log in environment["loggingConfiguration"].values())
    entries = of(graph, "vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    group = "${yard-ingestion.id}"
    [entry] = [rule for rule in entries if rule["securityGroupId"] == group]
    assert entry["referencedSecurityGroupId"] == group


def test_airflow_gets_its_packages_in_a_version() -> None:
    graph = served(AIRFLOW, False)
    files = {it["key"]: it["content"] for it in of(graph, "s3/bucketObjectv2:BucketObjectv2")}
    assert files["airflow/requirements.txt"] == "pandas==2.2.3\ndvc-s3==3.2.0\n"
    [environment] = of(graph, "mwaa/environment:Environment")
    assert environment["requirementsS3Path"] in files
    version = "${yard-ingestion-requirements.txt.versionId}"
    assert environment["requirementsS3ObjectVersion"] == version
    assert "airflow/dags/.airflowignore" in files


def test_airflow_reads_its_own_folder_and_no_other() -> None:
    rights = granted(served(AIRFLOW, False))["yard-ingestion"]
    objects = {place for action, place in rights if "Object" in action}
    assert objects == {f"{ARTIFACTS}/airflow/*"}
    everywhere = {action for action, place in rights if place == "*"}
    assert everywhere == {
        "cloudwatch:PutMetricData",
        "logs:DescribeLogGroups",
        "s3:GetAccountPublicAccessBlock",
    }


def _steps() -> dict[str, Any]:
    [machine] = of(served(LOAD, False), "sfn/stateMachine:StateMachine")
    return json.loads(str(machine["definition"]))


def _machines(steps: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield steps
    for state in steps["States"].values():
        for branch in state.get("Branches", ()):
            yield from _machines(branch)


def test_every_step_leads_to_one_that_there_is() -> None:
    for machine in _machines(_steps()):
        states = machine["States"]
        led_to = {machine["StartAt"]}
        for state in states.values():
            led_to |= {state[key] for key in ("Next", "Default") if key in state}
            led_to |= {choice["Next"] for choice in state.get("Choices", ())}
            ends = state["Type"] in ("Succeed", "Fail", "Choice") or state.get("End")
            assert ends or state["Next"] in states
        assert led_to == set(states), "reached, and there"


def test_nothing_is_loaded_before_every_table_is_validated() -> None:
    steps = _steps()
    assert steps["StartAt"] == "Validate"
    assert steps["States"]["Validate"]["Next"] == "Load"
    branches = steps["States"]["Validate"]["Branches"]
    tables = [
        it["States"]["Start"]["Parameters"]["DataSource"]["GlueTable"]["TableName"]
        for it in branches
    ]
    assert tables == ["customers", "orders"]
    for branch in branches:
        kept = branch["States"]["Kept?"]
        assert kept["Choices"] == [{"Variable": "$.Score", "NumericEquals": 1, "Next": "Kept"}]
        assert branch["States"][kept["Default"]]["Type"] == "Fail"
    assert steps["States"]["Load"]["Parameters"] == {"JobName": "load-orders"}


def test_a_state_machine_runs_one_job_and_passes_one_role() -> None:
    graph = served(LOAD, False)
    [policy] = [it for it in policies(graph, Of.IDENTITY) if it.holder.name == "yard-ingestion"]
    [runs] = [it for it in policy.allowed if it.can("glue:StartJobRun")]
    assert runs.resources == ("arn:aws:glue:eu-west-1:123456789012:job/load-orders",)
    [passes] = [it for it in policy.allowed if it.can("iam:PassRole")]
    assert passes.resources == ("${yard-validation.arn}",)


def test_it_is_encrypted_logged_traced_and_told_of() -> None:
    graph = served(LOAD, False)
    [machine] = of(graph, "sfn/stateMachine:StateMachine")
    assert machine["encryptionConfiguration"]["kmsKeyId"] == "${yard-kms-logs.arn}"
    assert machine["loggingConfiguration"]["level"] == "ALL"
    assert machine["tracingConfiguration"] == {"enabled": True}
    patterns = [str(it["eventPattern"]) for it in of(graph, "cloudwatch/eventRule:EventRule")]
    [rule] = [json.loads(it) for it in patterns if "aws.states" in it]
    assert "FAILED" in rule["detail"]["status"]


def test_the_clock_starts_the_load_and_not_the_validation_beside_it() -> None:
    [schedule] = of(served(LOAD, False), "scheduler/schedule:Schedule")
    assert schedule["scheduleExpression"] == "rate(1 hour)"
    assert schedule["target"]["arn"] == "${yard-ingestion.arn}"


def test_the_sdk_knows_every_input() -> None:
    assert check_inputs(served(LOAD)) == []
    assert check_inputs(served(AIRFLOW)) == []


def test_a_load_needs_a_job_and_rules() -> None:
    assert paths("ingestion: {engine: step-functions}")[:2] == ["ingestion.engine"] * 2
    assert paths("ingestion: {engine: msk, topics: [{name: a}], requirements: [x]}") == [
        "ingestion.requirements"
    ]
