"""The audit trail: it sees everything, and nobody can change what it saw."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.support.aws_ground import ACCOUNT, GROUND, REGION, ground
from tests.support.iam import Of, Statement, policies

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph, Resource

TRAIL_ARN = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/yard-audit"
BUCKET = f"yard-audit-{ACCOUNT}-{REGION}"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


@cache
def audited(text: str = "", more: str = "protect: true") -> Graph:
    return ground(*GROUND, C.AUDIT_LOG, text=text, more=more)[0]


def trail(graph: Graph) -> Resource:
    [found] = graph.of_type("aws:cloudtrail/trail:Trail")
    return found


def test_the_trail_hears_every_region_and_proves_what_it_wrote() -> None:
    found = trail(audited())
    for setting in (
        "isMultiRegionTrail",
        "includeGlobalServiceEvents",
        "enableLogFileValidation",
    ):
        assert found.inputs[setting] is True
    assert found.inputs["kmsKeyId"] == "${yard-kms-logs.arn}"
    assert found.protect


def selected(graph: Graph) -> dict[str, dict[str, Any]]:
    return {
        each["name"]: {field["field"]: field for field in each["fieldSelectors"]}
        for each in trail(graph).inputs["advancedEventSelectors"]
    }


def test_every_use_of_the_platform_s_objects_is_recorded() -> None:
    found = selected(audited())
    assert found["every call"]["eventCategory"]["equals"] == ["Management"]
    kept = {
        f"arn:aws:s3:::yard-{use}-{ACCOUNT}-{REGION}/" for use in ("artifacts", "data", "evidence")
    }
    named = {"arn:aws:s3:::in/", "arn:aws:s3:::out/"}
    objects = found["objects of the platform"]
    assert set(objects["resources.ARN"]["startsWiths"]) == kept | named


def test_the_use_of_an_attached_bucket_is_recorded_as_well() -> None:
    objects = selected(audited("object_store: {attach: {bucket: theirs}}"))
    starts = objects["objects of the platform"]["resources.ARN"]["startsWiths"]
    assert set(starts) == {f"arn:aws:s3:::{name}/" for name in ("theirs", "in", "out")}


@pytest.mark.parametrize(
    ("more", "mode"), [("protect: true", "COMPLIANCE"), ("protect: false", "GOVERNANCE")]
)
def test_the_record_is_locked_for_the_time_asked_for(more: str, mode: str) -> None:
    graph = audited("audit: {retention_days: 400}", more)
    [lock] = graph.of_type("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": mode, "days": 400}}
    rules = {
        rule["id"]: rule
        for settings in graph.of_type(
            "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
        )
        if settings.name == "yard-audit-log-audit"
        for rule in settings.inputs["rules"]
    }
    assert rules["expire-all"]["expiration"] == {"days": 400}


def writing() -> list[Statement]:
    [policy] = [
        p for p in policies(audited(), Of.RESOURCE) if p.holder.name == "yard-audit-log-audit"
    ]
    return list(policy.allowed)


def test_only_this_trail_writes_into_the_record() -> None:
    assert {s.principals for s in writing()} == {("Service:cloudtrail.amazonaws.com",)}
    assert {s.condition("aws:SourceArn") for s in writing()} == {(TRAIL_ARN,)}
    [put] = [s for s in writing() if s.can("s3:PutObject")]
    assert put.resources == (f"arn:aws:s3:::{BUCKET}/AWSLogs/{ACCOUNT}/*",)


def test_the_trail_waits_for_the_rights_that_it_tries_when_it_is_made() -> None:
    names = {urn.rpartition("::")[2] for urn in trail(audited()).dependencies}
    types = {urn.rpartition("$")[2].partition("::")[0] for urn in trail(audited()).dependencies}
    assert "yard-audit-log-audit" in names
    assert {"aws:s3/bucketPolicy:BucketPolicy", "aws:iam/rolePolicy:RolePolicy"} <= types


def test_who_reads_the_record_is_recorded_too() -> None:
    [logging] = audited().of_type("aws:s3/bucketLogging:BucketLogging")
    assert logging.name == "yard-audit-log-audit"


def test_the_role_writes_to_its_own_streams_alone() -> None:
    [policy] = [p for p in policies(audited(), Of.IDENTITY) if "audit" in p.holder.name]
    [statement] = policy.allowed
    assert statement.actions == ("logs:CreateLogStream", "logs:PutLogEvents")
    [resource] = statement.resources
    assert f":log-group:/modelyard/yard/audit:log-stream:{ACCOUNT}_CloudTrail_" in resource
    [group] = [
        g for g in audited().of_type("aws:cloudwatch/logGroup:LogGroup") if "audit" in g.name
    ]
    assert group.inputs["name"] == "/modelyard/yard/audit"


def test_somebody_is_told_where_compliance_asks() -> None:
    assert not list(audited().of_type(ALARM))
    graph = audited(more="compliance: [soc2]")
    filters = {
        f.inputs["metricTransformation"]["name"]
        for f in graph.of_type("aws:cloudwatch/logMetricFilter:LogMetricFilter")
    }
    alarms = list(graph.of_type(ALARM))
    assert {alarm.inputs["metricName"] for alarm in alarms} == filters != set()
    assert all(alarm.inputs["alarmActions"] == ["${yard-audit-log.arn}"] for alarm in alarms)
    [topic] = graph.of_type("aws:sns/topic:Topic")
    assert topic.inputs["kmsMasterKeyId"] == "${yard-kms-logs.arn}"
    [mail] = graph.of_type("aws:sns/topicSubscription:TopicSubscription")
    assert mail.inputs["endpoint"] == "ml@example.com"
