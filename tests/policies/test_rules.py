"""Every rule finds what breaks it, and nothing where it is kept."""

from __future__ import annotations

import re

import pytest
from tests.policies.example import Example, Thing, referring, said
from tests.policies.examples import FORBIDDEN, S3, examples

from modelyard.catalog.controls import profiles
from modelyard.catalog.policies import Level, rule_texts
from modelyard.policies import rules

EXAMPLES = examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_rule_is_kept(example: Example) -> None:
    assert said(example.rule, example.good) == ()


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_rule_is_broken(example: Example) -> None:
    findings = said(example.rule, example.bad)
    assert findings
    assert all(finding and not finding.endswith(".") for finding in findings)


def test_no_rule_is_without_an_example_of_each_of_its_types() -> None:
    shown = {(example.rule, example.type) for example in EXAMPLES}
    wanted = {(id, kind) for id, rule in rules().items() for kind in rule.types}
    assert wanted - shown == {("access-long-lived-key", kind) for kind in FORBIDDEN}
    assert shown <= wanted


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_some_things_break_a_rule_by_being_there(kind: str) -> None:
    assert said("access-long-lived-key", (Thing(kind),))


def test_there_are_many_rules_and_each_says_why() -> None:
    assert len(rules()) >= 60
    assert set(rules()) == set(rule_texts())
    for id, text in rule_texts().items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", id)
        assert text.title
        assert not text.title.endswith(".")
        assert text.why.endswith("."), id
        assert text.fix.endswith("."), id
        assert text.level is not Level.OFF


def test_rules_answer_to_controls() -> None:
    known = {ask for profile in profiles().values() for ask in profile.asks}
    assert {ask for text in rule_texts().values() for ask in text.asks} <= known
    assert {control.id for control in rule_texts()["encryption-bucket-key"].controls} >= {
        "pci-encryption-at-rest",
        "gdpr-security",
    }


def test_a_check_of_checkov_is_one_subject() -> None:
    named = [check for text in rule_texts().values() for check in text.checkov]
    assert len(named) == len(set(named))


def test_access_logs_go_to_a_bucket_with_a_key_of_the_service() -> None:
    """S3 takes no other, and such a bucket does not log itself."""
    it = Thing(S3)
    sse = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    by_service = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    around = (
        referring(it, sse, "bucket", {"rules": [by_service]}),
        referring(it, "aws:s3/bucketLogging:BucketLogging", "targetBucket", {}),
    )
    for rule in ("encryption-bucket-key", "logging-bucket-access"):
        assert said(rule, (it, *around)) == ()


def test_what_is_known_after_deployment_only_is_not_held_against_it() -> None:
    key = "gcp:kms/cryptoKey:CryptoKey"
    assert said("encryption-key-rotation", (Thing(key, {"rotationPeriod": "${a.b}"}),)) == ()
    database = "aws:rds/instance:Instance"
    assert said("encryption-database-key", (Thing(database, {"kmsKeyId": "${key.arn}"}),)) == ()
    assert (
        said("database-iam", (Thing(database, {"iamDatabaseAuthenticationEnabled": "${a}"}),)) == ()
    )


def test_a_document_that_is_not_known_yet_may_hold_what_is_asked() -> None:
    it = Thing(S3)
    policy = referring(it, "aws:s3/bucketPolicy:BucketPolicy", "bucket", {"policy": "${unknown}"})
    assert said("storage-bucket-tls", (it, policy)) == ()
    role = Thing("aws:iam/rolePolicy:RolePolicy", {"policy": "${unknown}"})
    assert said("access-wildcard-action", (role,)) == ()
    cluster = Thing("aws:eks/cluster:Cluster", {"encryptionConfig": "${unknown}", "vpcConfig": {}})
    assert "encryptionConfig names no key" not in said("encryption-cluster-secrets", (cluster,))


def test_engines_send_floats() -> None:
    group = "aws:cloudwatch/logGroup:LogGroup"
    assert said("logging-retention", (Thing(group, {"retentionInDays": 365.0}),)) == ()
    assert said("logging-retention", (Thing(group, {"retentionInDays": 30.0}),)) != ()
