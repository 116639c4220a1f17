"""Where data rest: small platforms, and every store of every shipped one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.review.small import manifest, plan, shipped_view, thing, view
from tests.support import shipped
from tests.test_blueprints import MANAGED

from modelyard.review.data.store import Store
from modelyard.review.data.stores import marks, stores
from modelyard.review.sections import look, summary

BUCKET, KEY = "aws:s3/bucket:Bucket", "aws:kms/key:Key"
SSE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
each = pytest.mark.parametrize("case", shipped.cases(), ids=str)


def _under(key: str | None) -> Store:
    bucket = thing(BUCKET, "yard-data", protect=True)
    default = {"sseAlgorithm": "aws:kms", **({"kmsMasterKeyId": key} if key else {})}
    rules = {"rules": [{"applyServerSideEncryptionByDefault": default}]}
    made = thing(KEY, "yard-kms-data")
    [store] = stores(view(made, bucket, thing(SSE, "yard-data", rules, bucket=bucket)))
    return store


@pytest.mark.parametrize(
    ("named", "key", "owner"),
    [
        ("${yard-kms-data.arn}", "data", "platform"),
        (None, "", "provider"),
        ("alias/aws/s3", "alias/aws/s3", "provider"),
        ("arn:aws:kms:eu-west-1:1:key/x", "arn:aws:kms:eu-west-1:1:key/x", "attached"),
    ],
)
def test_whose_key_a_bucket_has(named: str | None, key: str, owner: str) -> None:
    store = _under(named)
    assert (store.key, store.owner, store.kept) == (key, owner, ("protected",))


@pytest.mark.parametrize(
    ("type", "inputs", "owner"),
    [
        ("aws:rds/instance:Instance", {}, "none"),
        ("aws:rds/instance:Instance", {"storageEncrypted": True}, "provider"),
        ("aws:sns/topic:Topic", {}, "none"),
        ("aws:sqs/queue:Queue", {"sqsManagedSseEnabled": True}, "provider"),
        ("gcp:sql/databaseInstance:DatabaseInstance", {}, "provider"),
    ],
)
def test_what_is_not_encrypted_is_said(type: str, inputs: object, owner: str) -> None:
    [store] = stores(view(thing(type, "yard-it", inputs)))
    assert store.owner == owner


def test_what_keeps_a_bucket() -> None:
    bucket = thing(BUCKET, "yard-data")
    parts = [
        thing(
            "aws:s3/bucketVersioning:BucketVersioning",
            "yard-data",
            {"versioningConfiguration": {"status": "Enabled"}},
            bucket=bucket,
        ),
        thing(
            "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
            "yard-data",
            {"rule": {"defaultRetention": {"days": 365, "mode": "COMPLIANCE"}}},
            bucket=bucket,
        ),
    ]
    [store] = stores(view(bucket, *parts))
    assert store.kept == ("versioned", "locked for 365 days")


def test_a_volume_of_a_class_that_nobody_here_made_is_unknown() -> None:
    claim = manifest("v1", "PersistentVolumeClaim", "data", spec={"storageClassName": "fast"})
    [store] = stores(view(claim))
    assert store.owner == "unknown"
    parameters = {"encrypted": "true", "kmsKeyId": "${yard-kms-data.arn}"}
    made = manifest("storage.k8s.io/v1", "StorageClass", "fast", parameters=parameters)
    [store] = stores(view(claim, made, thing(KEY, "yard-kms-data")))
    assert (store.owner, store.key) == ("platform", "data")


def test_data_that_ask_for_care_are_marked() -> None:
    case = next(c for c in shipped.cases() if str(c) == "aws-finance-prod")
    found = look(shipped_view(case))
    assert marks(found.data) == ("restricted", "pii")
    said = {row[0]: row[1] for row in summary(found).rows}
    assert "data are restricted and pii" in said["data"]


def test_a_store_abroad_is_told() -> None:
    finance = plan("aws-finance", "prod")
    told = finance.blueprint.data.model_copy(update={"residency": ("eu-west-1",)})
    here = replace(finance, blueprint=finance.blueprint.model_copy(update={"data": told}))
    inputs = {"location": "US-EAST1"}
    found = look(view(thing("gcp:storage/bucket:Bucket", "yard-data", inputs), of=here))
    assert [store.name for store in found.abroad] == ["yard-data"]


RESTS = (
    *(token for token in MANAGED if "kms" not in token),
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:ecr/repository:Repository",
    "aws:sns/topic:Topic",
    "aws:sqs/queue:Queue",
    "gcp:artifactregistry/repository:Repository",
    "gcp:bigquery/dataset:Dataset",
    "kubernetes:core/v1:PersistentVolumeClaim",
    "kubernetes:postgresql.cnpg.io/v1:Cluster",
)


@each
def test_every_store_of_the_graph_is_told(case: shipped.Case) -> None:
    seen = shipped_view(case)
    told = {store.urn for store in stores(seen)}
    assert {it.urn for token in RESTS for it in seen.of(token)} <= told
    for it in seen.of("kubernetes:apps/v1:StatefulSet"):
        assert it.urn in told or not it.inputs["spec"].get("volumeClaimTemplates")


@each
def test_every_store_of_a_cloud_has_a_region(case: shipped.Case) -> None:
    seen = shipped_view(case)
    for store in stores(seen):
        assert store.site in seen.plan.blueprint.sites
        assert store.region or not seen.region(store.site)
