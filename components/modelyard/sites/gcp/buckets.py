"""Buckets: versioned, encrypted by the platform's key, closed to the public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource

_DAY = 24 * 60 * 60
_OLD = 90
"""Days that a version is kept after it has been replaced."""
_DELETED = 7
"""Days in which what was deleted can be had back."""


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """What one bucket is to be like."""

    part: str
    """What it is for, as part of its logical name."""
    name: str
    key: pulumi.Input[str]
    lock_days: int | None = None
    """Days in which no object can be deleted or replaced by anybody."""
    expiring: Mapping[str, int] = field(default_factory=dict[str, int])
    """Prefixes whose objects go after so many days."""


def make_bucket(
    parent: pulumi.Resource, name: str, context: Context, site: GcpSite, bucket: Bucket
) -> CloudResource:
    """A bucket with all that belongs to it. Who used it is in the project's audit log.

    Objects under a lock cannot have further versions; source: Cloud Storage guide, Bucket Lock.
    """
    locked, protect = bucket.lock_days is not None, context.protect
    inputs = {
        "name": bucket.name,
        "project": site.project,
        "location": site.region.upper(),
        "storageClass": "STANDARD",
        "uniformBucketLevelAccess": True,
        "publicAccessPrevention": "enforced",
        "versioning": {"enabled": not locked},
        "encryption": {"defaultKmsKeyName": bucket.key},
        "retentionPolicy": _retention(bucket.lock_days, for_good=protect) if locked else None,
        "softDeletePolicy": {"retentionDurationSeconds": _DELETED * _DAY},
        "lifecycleRules": list(_lifecycle(bucket)),
        "forceDestroy": not protect,
    }
    options = pulumi.ResourceOptions(parent=parent, protect=protect or None)
    token = "gcp:storage/bucket:Bucket"
    return CloudResource(token, f"{name}-{bucket.part}", inputs, options, outputs={"name": str})


def _retention(days: int | None, *, for_good: bool) -> Mapping[str, Any]:
    """For good, not even the project's owner can shorten it.

    What nobody protects, such as a place to try things out, is to be taken down again.
    """
    return {"retentionPeriod": str((days or 0) * _DAY), "isLocked": for_good}


def _lifecycle(bucket: Bucket) -> list[Mapping[str, Any]]:
    """What was cut off and what was replaced goes, some time later."""
    gone = {"type": "Delete"}
    unfinished = {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 7}}
    replaced = {"action": gone, "condition": {"daysSinceNoncurrentTime": _OLD}}
    ending = [
        {"action": gone, "condition": {"age": days, **({"matchesPrefixes": [it]} if it else {})}}
        for it, days in bucket.expiring.items()
    ]
    return [unfinished, replaced, *ending]
