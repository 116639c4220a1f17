"""Buckets: versioned, encrypted, closed to the public, reached by TLS alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.account import CLOSED
from modelyard.sites.aws.names import bucket_arn, bucket_name
from modelyard.sites.aws.policies import Statement, document, only_by_tls

SEEN = {"arn": str}
_OLD = 90
"""Days that a version is kept after it has been replaced."""
BALANCERS = "load-balancers"
"""Prefix of the access logs of load balancers."""


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
    """Further statements of its policy, about everything inside it unless they say about what."""


class Buckets:
    """Makes the buckets of one component."""

    def __init__(self, parent: pulumi.Resource, name: str, context: Context, site: AwsSite) -> None:
        self._parent, self._name = parent, name
        self._context, self._account = context, site.account
        self.policies: dict[str, CloudResource] = {}
        """By part: what has to be there before a service may write."""

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
            "BucketPolicy": {**name, "policy": _policy(made, bucket, self._account)},
        }
        if bucket.lock_days:
            lock = _lock(bucket.lock_days, for_good=self._context.protect)
            parts["BucketObjectLockConfiguration"] = {**name, "rule": lock}
        if log_to is not None:
            target = {"targetBucket": log_to["bucket"], "targetPrefix": f"{bucket.part}/"}
            parts["BucketLogging"] = {**name, **target}
        added = {kind: self._add(kind, bucket.part, inputs) for kind, inputs in parts.items()}
        self.policies[bucket.part] = added["BucketPolicy"]
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

    def _add(self, kind: str, part: str, inputs: Mapping[str, Any]) -> CloudResource:
        token = f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}"
        options = pulumi.ResourceOptions(parent=self._parent)
        return CloudResource(token, f"{self._name}-{part}", inputs, options, outputs={})


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
        # A version that is locked longer goes when its lock has ended.
        "noncurrentVersionExpiration": {"noncurrentDays": _OLD},
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


def _lock(days: int, *, for_good: bool) -> Mapping[str, Any]:
    """For good, not even the account's owner can shorten it; else who may bypass it can.

    What nobody protects, such as a place to try things out, is to be taken down again.
    """
    mode = "COMPLIANCE" if for_good else "GOVERNANCE"
    return {"defaultRetention": {"mode": mode, "days": days}}


def access_logs(context: Context, site: AwsSite, use: str = "access-logs") -> Bucket:
    """Where S3 and load balancers write who asked for what, which cannot use a key of ours.

    Sources: S3 user guide, server access logging; Elastic Load Balancing, access logs.
    """
    called = bucket_name(context, site, use)
    requests = {
        **_writing("AccessLogs", "logging.s3.amazonaws.com"),
        "Condition": {"StringEquals": {"aws:SourceAccount": site.account}},
    }
    balancers = {
        **_writing("LoadBalancers", "logdelivery.elasticloadbalancing.amazonaws.com"),
        "Resource": bucket_arn(site, called, f"{BALANCERS}/AWSLogs/{site.account}/*"),
    }
    statements = [requests, balancers]
    return Bucket(part=use, name=called, key=None, expiring={"": 365}, statements=statements)


def _writing(sid: str, service: str) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "s3:PutObject",
    }


def _policy(made: CloudResource, bucket: Bucket, account: str) -> pulumi.Output[str]:
    """Nothing in the clear, nothing for other accounts; and what services need to write."""
    inside = pulumi.Output.concat(made["arn"], "/*")
    by_tls = only_by_tls("s3:*", [made["arn"], inside])
    others = {
        "StringNotEquals": {"aws:PrincipalAccount": account},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    return document(
        {"Sid": "OnlyByTls", **by_tls},
        {"Sid": "OnlyThisAccount", **by_tls, "Condition": others},
        *({"Resource": inside, **each} for each in bucket.statements),
    )
