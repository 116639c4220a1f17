"""Buckets: who may look in, what is kept, for how long."""

from __future__ import annotations

from modelyard.policies.documents import refuses_plain_http
from modelyard.policies.rule import Findings, Seen, Stack, at, items, number, rule, stack_rule, true

S3 = "aws:s3/bucket:Bucket"
GCS = "gcp:storage/bucket:Bucket"
_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_ACCOUNT = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
_VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
_OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
_LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
_LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
_VECTORS = "aws:s3/vectorsVectorBucket:VectorsVectorBucket"
_DATASET = "gcp:bigquery/dataset:Dataset"

_ALL_FOUR = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _open(block: Seen) -> list[str]:
    return [key for key in _ALL_FOUR if not true(block.inputs.get(key))]


@stack_rule("storage-bucket-public", S3, GCS)
def bucket_public(it: Seen, stack: Stack) -> Findings:
    if it.type == GCS:
        if it.inputs.get("publicAccessPrevention") != "enforced":
            yield "publicAccessPrevention is not enforced"
        return
    blocks = stack.referring(it, _BLOCK, "bucket")
    if not blocks:
        yield "nothing blocks public access to it"
    for block in blocks:
        if left := _open(block):
            yield f"its public access block leaves open: {', '.join(left)}"


@rule("storage-account-public", _ACCOUNT)
def account_public(it: Seen) -> Findings:
    if left := _open(it):
        yield f"the account's public access block leaves open: {', '.join(left)}"


@stack_rule("storage-bucket-versions", S3, GCS)
def bucket_versions(it: Seen, stack: Stack) -> Findings:
    if it.type == GCS:
        kept = true(at(it.inputs, "versioning", "enabled"))
        if not kept and not at(it.inputs, "retentionPolicy", "retentionPeriod"):
            yield "neither versions nor a retention policy keep what is overwritten"
        return
    settings = stack.referring(it, _VERSIONING, "bucket")
    if not any(at(v.inputs, "versioningConfiguration", "status") == "Enabled" for v in settings):
        yield "versioning is not enabled"


@stack_rule("storage-bucket-ownership", S3, GCS)
def bucket_ownership(it: Seen, stack: Stack) -> Findings:
    if it.type == GCS:
        if not true(it.inputs.get("uniformBucketLevelAccess")):
            yield "uniformBucketLevelAccess is off"
        return
    controls = stack.referring(it, _OWNERSHIP, "bucket")
    if not any(at(c.inputs, "rule", "objectOwnership") == "BucketOwnerEnforced" for c in controls):
        yield "objectOwnership is not BucketOwnerEnforced"


@stack_rule("storage-bucket-tls", S3)
def bucket_tls(it: Seen, stack: Stack) -> Findings:
    policies = stack.referring(it, _POLICY, "bucket")
    if not any(refuses_plain_http(policy.inputs.get("policy")) for policy in policies):
        yield "no policy refuses requests without TLS"


@stack_rule("storage-bucket-lifecycle", S3, GCS)
def bucket_lifecycle(it: Seen, stack: Stack) -> Findings:
    if it.type == GCS:
        if not items(it.inputs, "lifecycleRules"):
            yield "it has no lifecycle rule"
        return
    rules = [r for c in stack.referring(it, _LIFECYCLE, "bucket") for r in items(c.inputs, "rules")]
    if not any(at(rule, "status") == "Enabled" for rule in rules):
        yield "it has no lifecycle rule that is enabled"


@rule("storage-emptied-on-destroy", S3, GCS, _VECTORS, _DATASET)
def emptied_on_destroy(it: Seen) -> Findings:
    for key in ("forceDestroy", "deleteContentsOnDestroy"):
        if it.inputs.get(key) in (True, "true"):
            yield f"{key}: what is in it goes with it"


@rule("storage-lock", _LOCK, GCS)
def lock(it: Seen) -> Findings:
    if it.type == GCS:
        policy = it.inputs.get("retentionPolicy")
        if policy and not true(at(policy, "isLocked")):
            yield "its retention policy is not locked: whoever has the right can take it away"
        return
    retention = at(it.inputs, "rule", "defaultRetention")
    if at(retention, "mode") != "COMPLIANCE":
        yield "its mode is not COMPLIANCE: whoever has the right can lift the lock"
    if number(at(retention, "days")) < 1 and number(at(retention, "years")) < 1:
        yield "the lock has no retention"
