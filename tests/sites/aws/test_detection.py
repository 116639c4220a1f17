"""The account's watchmen: all stand, and somebody is told of what they find."""

from __future__ import annotations

import json
from functools import cache

from tests.support.aws_ground import ACCOUNT, CLUSTER, REGION, ground, planned_here
from tests.support.iam import Of, policies

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph

WATCHED = "detection: true"


@cache
def watched(text: str = WATCHED) -> Graph:
    return ground(*CLUSTER, C.OBJECT_STORE, C.DETECTION, text=text)[0]


def test_it_stands_where_asked_for_and_where_compliance_asks() -> None:
    def stands(text: str, more: str) -> bool:
        placed = planned_here(text, more).capabilities
        return any(p.capability is C.DETECTION for p in placed)

    assert stands(WATCHED, "")
    assert stands("", "compliance: [soc2]")
    assert not stands("", "")
    assert not stands("detection: false", "compliance: [soc2]"), "the account has it already"


def test_guardduty_looks_into_buckets_clusters_databases_and_functions() -> None:
    features = {
        f.inputs["name"]: f
        for f in watched().of_type("aws:guardduty/detectorFeature:DetectorFeature")
    }
    assert set(features) == {
        "S3_DATA_EVENTS",
        "EKS_AUDIT_LOGS",
        "RUNTIME_MONITORING",
        "RDS_LOGIN_EVENTS",
        "LAMBDA_NETWORK_LOGS",
    }
    assert {f.inputs["status"] for f in features.values()} == {"ENABLED"}
    assert features["RUNTIME_MONITORING"].inputs["additionalConfigurations"] == [
        {"name": "EKS_ADDON_MANAGEMENT", "status": "ENABLED"}
    ]


def test_personal_data_are_looked_for_every_week_in_artifacts_and_data() -> None:
    [job] = watched().of_type("aws:macie2/classificationJob:ClassificationJob")
    assert job.inputs["jobType"] == "SCHEDULED"
    assert job.inputs["scheduleFrequency"] == {"weeklySchedule": "SUNDAY"}
    [looked] = job.inputs["s3JobDefinition"]["bucketDefinitions"]
    assert looked["accountId"] == ACCOUNT
    assert looked["buckets"] == [f"yard-{use}-{ACCOUNT}-{REGION}" for use in ("artifacts", "data")]


def test_macie_can_read_what_it_looks_at() -> None:
    """Its role is in no key's policy, since it does not exist before Macie is switched on."""
    [grant] = watched().of_type("aws:kms/grant:Grant")
    assert grant.inputs["operations"] == ["Decrypt"]
    assert grant.inputs["granteePrincipal"] == "${yard-detection.serviceRole}"
    assert grant.inputs["keyId"] == "${yard-kms-data.arn}"
    [job] = watched().of_type("aws:macie2/classificationJob:ClassificationJob")
    assert grant.urn in job.dependencies


def test_an_attached_bucket_is_read_with_its_own_key() -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/theirs"
    graph = watched(f"{WATCHED}, object_store: {{attach: {{bucket: theirs, key: '{key}'}}}}")
    [grant] = graph.of_type("aws:kms/grant:Grant")
    assert grant.inputs["keyId"] == key
    [job] = graph.of_type("aws:macie2/classificationJob:ClassificationJob")
    assert job.inputs["s3JobDefinition"]["bucketDefinitions"][0]["buckets"] == ["theirs"]


def test_nodes_and_images_are_scanned() -> None:
    [inspector] = watched().of_type("aws:inspector2/enabler:Enabler")
    assert inspector.inputs == {"accountIds": [ACCOUNT], "resourceTypes": ["EC2", "ECR"]}


def test_every_finding_that_matters_reaches_the_owner() -> None:
    sources = {
        rule.name: json.loads(rule.inputs["eventPattern"])["source"][0]
        for rule in watched().of_type("aws:cloudwatch/eventRule:EventRule")
        if rule.name.startswith("yard-detection")
    }
    assert set(sources.values()) == {"aws.guardduty", "aws.macie", "aws.inspector2"}
    targets = {
        target.name: target.inputs["arn"]
        for target in watched().of_type("aws:cloudwatch/eventTarget:EventTarget")
        if target.name.startswith("yard-detection")
    }
    assert targets == dict.fromkeys(sources, "${yard-detection.arn}")


def test_the_topic_takes_messages_of_this_account_alone() -> None:
    [policy] = [
        p
        for p in policies(watched(), Of.RESOURCE)
        if p.holder.type == "aws:sns/topicPolicy:TopicPolicy" and "detection" in p.holder.name
    ]
    for statement in policy.allowed:
        assert statement.actions == ("sns:Publish",)
        [source] = statement.condition("aws:SourceArn")
        assert f":{REGION}:{ACCOUNT}:" in source
