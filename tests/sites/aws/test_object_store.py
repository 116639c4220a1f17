"""Buckets: what each is like, and who is let into which part."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from tests.support.aws_ground import ACCOUNT, CLUSTER, REGION, ground
from tests.support.facilities import Facilities
from tests.support.iam import BUCKET, Of, Statement, policies

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.context import Purpose
from modelyard.contracts.object_store import ObjectStore
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.sites.aws.grants import statements

OWN = f"yard-artifacts-{ACCOUNT}-{REGION}"
SETTINGS = (
    *("BucketOwnershipControls", "BucketPublicAccessBlock", "BucketVersioning"),
    *("BucketServerSideEncryptionConfiguration", "BucketLifecycleConfiguration", "BucketPolicy"),
)


@cache
def store(text: str = "", more: str = "") -> Graph:
    return ground(*CLUSTER, C.OBJECT_STORE, text=text, more=more)[0]


def of_kind(graph: Graph, kind: str) -> Mapping[str, Mapping[str, Any]]:
    """The inputs of that setting, by the part that the bucket is for."""
    token = f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}"
    start = "yard-object-store-"
    return {r.name.removeprefix(start): r.inputs for r in graph.of_type(token)}


def test_the_platform_has_its_buckets_and_those_that_models_name() -> None:
    names = {bucket["bucket"] for bucket in of_kind(store(), "Bucket").values()}
    platform = {"artifacts", "data", "evidence", "access-logs"}
    assert names == {f"yard-{use}-{ACCOUNT}-{REGION}" for use in platform} | {"in", "out"}


def test_what_is_there_already_is_not_made() -> None:
    graph = store("object_store: {existing: [in]}")
    assert {"of-models-out"} == {p for p in of_kind(graph, "Bucket") if p.startswith("of-models")}


@pytest.mark.parametrize("kind", SETTINGS)
def test_every_bucket_has_every_setting(kind: str) -> None:
    assert set(of_kind(store(), kind)) == set(of_kind(store(), "Bucket"))


def test_nothing_is_public_and_all_is_versioned() -> None:
    for closed in of_kind(store(), "BucketPublicAccessBlock").values():
        assert [value for key, value in closed.items() if key != "bucket"] == [True] * 4
    for kept in of_kind(store(), "BucketVersioning").values():
        assert kept["versioningConfiguration"] == {"status": "Enabled"}


def test_all_rests_under_the_key_of_data_but_what_services_write() -> None:
    for part, rules in of_kind(store(), "BucketServerSideEncryptionConfiguration").items():
        [rule] = rules["rules"]
        by = rule["applyServerSideEncryptionByDefault"]
        if part == "access-logs":
            assert by == {"sseAlgorithm": "AES256"}
        else:
            assert by == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "${yard-kms-data.arn}"}
            assert rule["bucketKeyEnabled"] is True


def test_every_use_is_logged_but_that_of_the_logs_themselves() -> None:
    assert set(of_kind(store(), "BucketLogging")) == set(of_kind(store(), "Bucket")) - {
        "access-logs"
    }


def test_other_accounts_are_refused_and_services_are_not() -> None:
    found = [p for p in policies(store(), Of.RESOURCE) if "bucketPolicy" in p.holder.type]
    assert found
    for policy in found:
        denied = [s for s in policy.statements or () if not s.allows]
        [others] = [s for s in denied if s.condition("aws:PrincipalAccount")]
        assert others.condition("aws:PrincipalAccount") == (ACCOUNT,)
        assert others.condition("aws:PrincipalIsAWSService") == ("false",)


def test_only_services_that_log_are_let_into_a_bucket_by_its_policy() -> None:
    allowed = {
        (policy.holder.name, principal)
        for policy in policies(store(), Of.RESOURCE)
        if "bucketPolicy" in policy.holder.type
        for statement in policy.allowed
        for principal in statement.principals
    }
    logs = "yard-object-store-access-logs"
    assert allowed == {
        (logs, "Service:logging.s3.amazonaws.com"),
        (logs, "Service:logdelivery.elasticloadbalancing.amazonaws.com"),
    }


def locks(text: str, more: str) -> Mapping[str, tuple[str, int]]:
    found = of_kind(store(text, more), "BucketObjectLockConfiguration")
    rules = {part: each["rule"]["defaultRetention"] for part, each in found.items()}
    return {part: (rule["mode"], rule["days"]) for part, rule in rules.items()}


@pytest.mark.parametrize(
    ("text", "more", "locked"),
    [
        ("", "", {}),
        ("", "compliance: [pci-dss]\nprotect: true", {"evidence": ("COMPLIANCE", 365)}),
        ("", "compliance: [pci-dss, hipaa]\nprotect: true", {"evidence": ("COMPLIANCE", 2190)}),
        ("", "compliance: [pci-dss]\nprotect: false", {"evidence": ("GOVERNANCE", 365)}),
        (
            "object_store: {lock_days: 30}",
            "protect: true",
            dict.fromkeys(("artifacts", "data", "evidence"), ("COMPLIANCE", 30)),
        ),
    ],
)
def test_versions_are_locked_as_asked(
    text: str, more: str, locked: Mapping[str, tuple[str, int]]
) -> None:
    assert locks(text, more) == locked
    buckets = of_kind(store(text, more), "Bucket")
    assert {part for part, it in buckets.items() if it.get("objectLockEnabled")} == set(locked)


@pytest.mark.parametrize("protect", [True, False])
def test_a_bucket_goes_with_what_is_in_it_only_where_nothing_is_protected(protect: bool) -> None:
    for bucket in store(more=f"protect: {str(protect).lower()}").of_type(BUCKET):
        assert bucket.protect is protect
        assert bucket.inputs["forceDestroy"] is not protect


def granted(*asked: tuple[tuple[str, ...], tuple[str, ...]], text: str = "") -> list[Statement]:
    """The statements of a workload's role after it has asked for these reads and writes."""

    def use(platform: Facilities) -> None:
        identity, kept = platform.part(C.IDENTITY), platform.part(C.OBJECT_STORE)
        workload = identity.workload("scorer", Purpose.PRODUCTION, identity)
        for reads, writes in asked:
            given = kept.environment(workload, reads=reads, writes=writes)
            assert given == {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}, "and no key"

    graph, _ = ground(*CLUSTER, C.OBJECT_STORE, text=text, use=use)
    return [
        statement
        for policy in policies(graph, Of.IDENTITY)
        if "production-scorer" in policy.holder.name
        for statement in policy.allowed
    ]


def test_a_reader_may_read_what_it_named_and_nothing_else() -> None:
    found = granted((("s3://in/a/model",), ()))
    for action, resources in {
        "s3:GetObject": ("arn:aws:s3:::in/a/model", "arn:aws:s3:::in/a/model/*"),
        "s3:ListBucket": ("arn:aws:s3:::in",),
        "kms:Decrypt": ("${yard-kms-data.arn}",),
    }.items():
        assert [s.resources for s in found if s.can(action)] == [resources]
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "kms:Encrypt"):
        assert not any(s.can(action) for s in found)
    [listing] = [s for s in found if s.can("s3:ListBucket")]
    assert listing.condition("s3:prefix") == ("a/model", "a/model/*")


def test_the_key_opens_nothing_outside_buckets() -> None:
    [key] = [s for s in granted(((), ("s3://out/a/",))) if s.can("kms:Decrypt")]
    assert key.condition("kms:ViaService") == (f"s3.{REGION}.amazonaws.com",)
    assert key.can("kms:GenerateDataKey")


def test_a_writer_hides_versions_and_destroys_none() -> None:
    found = granted(((), (f"s3://{OWN}/runs/",)))
    writing = [s for s in found if s.can("s3:PutObject")]
    assert [s.resources for s in writing] == [(f"arn:aws:s3:::{OWN}/runs/*",)]
    assert not any(s.can("s3:DeleteObjectVersion") for s in found)
    assert not any(s.can("s3:BypassGovernanceRetention") for s in found)


def test_the_same_wish_is_granted_once() -> None:
    wish = (("s3://in/a",), ())
    assert len(granted(wish, wish)) == len(granted(wish))


def test_who_asks_for_nothing_gets_nothing() -> None:
    assert granted(((), ())) == []


@pytest.mark.parametrize(
    ("address", "inside", "outside"),
    [
        ("s3://b/model", ("model", "model/x"), ("model-2", "models/x", "")),
        ("s3://b/model/", ("model/x",), ("model", "model-2/x")),
        ("s3://b", ("anything", "a/b"), ()),
        ("s3://b/", ("anything", "a/b"), ()),
    ],
)
def test_an_address_means_itself_and_what_is_under_it(
    address: str, inside: tuple[str, ...], outside: tuple[str, ...]
) -> None:
    from fnmatch import fnmatchcase

    site = AwsSite.model_validate({"kind": "aws", "region": REGION, "account": ACCOUNT})
    reading = statements(site, [address], [], None)[0]["Resource"]
    arns = [str(arn).removeprefix("arn:aws:s3:::b/") for arn in reading]
    for key in inside:
        assert any(fnmatchcase(key, arn) for arn in arns), key
    for key in outside:
        assert not any(fnmatchcase(key, arn) for arn in arns), key


@pytest.mark.parametrize("text", ["", "object_store: {attach: {bucket: theirs, key: k}}"])
def test_a_store_keeps_its_promise(text: str) -> None:
    def use(platform: Facilities) -> tuple[ObjectStore, str]:
        kept: ObjectStore = platform.part(C.OBJECT_STORE)
        return kept, kept.address("runs/")

    graph, (kept, address) = ground(*CLUSTER, C.OBJECT_STORE, text=text, use=use)
    assert kept.endpoint.url == f"https://s3.{REGION}.amazonaws.com:443"
    assert address == f"s3://{kept.bucket}/runs/"
    assert bool(list(graph.of_type(BUCKET))) is not bool(text)


def test_an_attached_bucket_is_opened_with_its_own_key() -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/theirs"
    text = f"object_store: {{attach: {{bucket: theirs, key: '{key}'}}}}"
    found = granted((("s3://theirs/a",), ()), text=text)
    assert [s.resources for s in found if s.can("kms:Decrypt")] == [(key,)]


def test_pipelines_can_start_on_what_arrives() -> None:
    assert of_kind(store(), "BucketNotification")["artifacts"]["eventbridge"] is True


def test_layers_of_images_come_through_the_network_s_own_way_to_s3() -> None:
    """Their addresses are signed by ECR's account: own identities alone would get no image."""
    [document] = [
        json.loads(r.inputs["policy"])
        for r in store().of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
        if r.name == "yard-vpc-s3"
    ]
    own, layers = document["Statement"]
    assert own["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    assert layers["Action"] == ["s3:GetObject"]
    assert layers["Resource"] == [f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*"]
