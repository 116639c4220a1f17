"""Buckets: versioned, encrypted, closed to the public, reached by TLS alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.account import CLOSED
from modelyard.sites.aws.policies import Statement, document

SEEN = {"arn": str}
_OLD = 90
"""Days that a version is kept after it has been replaced."""


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """What one bucket is to be like."""

    part: str
    """What it is for, as part of its logical name."""
    name: str
    key: pulumi.Input[str] | None
    """The KMS key; None where a service of AWS writes that cannot use one."""
    lock_days: int | None = None
    """Days in which no version can be deleted by anybody."""
    expiring: Mapping[str, int] = field(default_factory=dict[str, int])
    """Prefixes whose objects go after so many days."""
    statements: Sequence[Statement] = ()
    """Further statements of its policy, about everything inside it."""


class Buckets:
    """Makes the buckets of one component."""

    def __init__(self, parent: pulumi.Resource, name: str, context: Context) -> None:
        self._parent, self._name, self._context = parent, name, context

    def make(self, bucket: Bucket, log_to: CloudResource | None = None) -> CloudResource:
        """A bucket with everything that belongs to it; `log_to` keeps who asked for what."""
        made = self._bucket(bucket)
        name = {"bucket": made["bucket"]}
        parts: dict[str, Mapping[str, Any]] = {
            "BucketOwnershipControls": {**name, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
            "BucketPublicAccessBlock": {**name, **dict.fromkeys(CLOSED, True)},
            "BucketVersioning": {**name, "versioningConfiguration": {"status": "Enabled"}},
            "BucketServerSideEncryptionConfiguration": {**name, "rules": [_encryption(bucket)]},
            "BucketLifecycleConfiguration": {**name, "rules": _lifecycle(bucket)},
            "BucketPolicy": {**name, "policy": _policy(made, bucket)},
        }
        if bucket.lock_days:
            parts["BucketObjectLockConfiguration"] = {**name, "rule": _lock(bucket.lock_days)}
        if log_to is not None:
            target = {"targetBucket": log_to["bucket"], "targetPrefix": f"{bucket.part}/"}
            parts["BucketLogging"] = {**name, **target}
        for kind, inputs in parts.items():
            self._add(kind, bucket.part, inputs)
        return made

    def _bucket(self, bucket: Bucket) -> CloudResource:
        protect = self._context.protect
        inputs = {
            "bucket": bucket.name,
            "forceDestroy": not protect,
            "objectLockEnabled": True if bucket.lock_days else None,
        }
        options = pulumi.ResourceOptions(parent=self._parent, protect=protect or None)
        name = f"{self._name}-{bucket.part}"
        return CloudResource("aws:s3/bucket:Bucket", name, inputs, options, outputs=SEEN)

    def _add(self, kind: str, part: str, inputs: Mapping[str, Any]) -> None:
        token = f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}"
        options = pulumi.ResourceOptions(parent=self._parent)
        CloudResource(token, f"{self._name}-{part}", inputs, options, outputs={})


def _encryption(bucket: Bucket) -> Mapping[str, Any]:
    """The bucket key: one call of KMS for many objects."""
    if bucket.key is None:
        return {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    by = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": bucket.key}
    return {"applyServerSideEncryptionByDefault": by, "bucketKeyEnabled": True}


def _lifecycle(bucket: Bucket) -> list[Mapping[str, Any]]:
    """What was cut off and what was replaced goes, some time later."""
    everything: Mapping[str, Any] = {
        "id": "old-versions",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        "noncurrentVersionExpiration": {"noncurrentDays": max(_OLD, bucket.lock_days or 0)},
    }
    ending = [
        {
            "id": f"expire-{prefix.strip('/') or 'all'}",
            "status": "Enabled",
            "filter": {"prefix": prefix},
            "expiration": {"days": days},
        }
        for prefix, days in bucket.expiring.items()
    ]
    return [everything, *ending]


def _lock(days: int) -> Mapping[str, Any]:
    """In compliance mode not even the account's owner can shorten it."""
    return {"defaultRetention": {"mode": "COMPLIANCE", "days": days}}


def _policy(made: CloudResource, bucket: Bucket) -> pulumi.Output[str]:
    """Nothing in the clear; and what services need to write."""
    inside = pulumi.Output.concat(made["arn"], "/*")
    clear = {
        "Sid": "OnlyByTls",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Resource": [made["arn"], inside],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    further = [{**each, "Resource": inside} for each in bucket.statements]
    return document(clear, *further)
