"""What keeps data from being lost or changed, by type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from modelyard.policies.rule import at, number, true
from modelyard.review.view import View

if TYPE_CHECKING:
    from modelyard.recorder import Resource

_S3, _GCS = "aws:s3/bucket:Bucket", "gcp:storage/bucket:Bucket"
_VERSIONS = "aws:s3/bucketVersioning:BucketVersioning"
_LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
_RDS = "aws:rds/instance:Instance"
_REDIS = "aws:elasticache/replicationGroup:ReplicationGroup"
_SQL = "gcp:sql/databaseInstance:DatabaseInstance"
_EKS, _GKE = "aws:eks/cluster:Cluster", "gcp:container/cluster:Cluster"

DAY = 86_400


def _kept_s3(view: View, it: Resource) -> Iterator[str]:
    for each in view.referring(it, _VERSIONS, "bucket"):
        if at(each.inputs, "versioningConfiguration", "status") == "Enabled":
            yield "versioned"
    for each in view.referring(it, _LOCK, "bucket"):
        rule = at(each.inputs, "rule", "defaultRetention")
        length = f"{at(rule, 'days')} days" if at(rule, "days") else f"{at(rule, 'years')} years"
        yield f"locked for {length}"


def _kept_gcs(view: View, it: Resource) -> Iterator[str]:
    if true(at(it.inputs, "versioning", "enabled")):
        yield "versioned"
    policy = it.inputs.get("retentionPolicy")
    if period := number(at(policy, "retentionPeriod")):
        locked = "locked" if at(policy, "isLocked") is True else "retained"
        yield f"{locked} for {period // DAY} days"
    if kept := number(at(it.inputs, "softDeletePolicy", "retentionDurationSeconds")):
        yield f"deleted objects kept {kept // DAY} days"


def _kept_rds(view: View, it: Resource) -> Iterator[str]:
    if days := number(it.inputs.get("backupRetentionPeriod")):
        yield f"backups of {days} days"
    yield from _undeletable(view, it)


def _kept_sql(view: View, it: Resource) -> Iterator[str]:
    backup = at(it.inputs, "settings", "backupConfiguration")
    if at(backup, "enabled") is True:
        count = at(backup, "backupRetentionSettings", "retainedBackups")
        yield f"{count} backups" if count else "backups"
    if at(backup, "pointInTimeRecoveryEnabled") is True:
        yield "recovery to a point in time"
    yield from _undeletable(view, it)


def _kept_redis(view: View, it: Resource) -> Iterator[str]:
    if days := number(it.inputs.get("snapshotRetentionLimit")):
        yield f"snapshots of {days} days"


def _kept_log(view: View, it: Resource) -> Iterator[str]:
    days = it.inputs.get("retentionInDays")
    yield f"kept {number(days)} days" if days else "kept for ever"


def _kept_images(view: View, it: Resource) -> Iterator[str]:
    tags = it.inputs.get("imageTagMutability"), at(it.inputs, "dockerConfig", "immutableTags")
    if tags[0] == "IMMUTABLE" or tags[1] is True:
        yield "tags cannot be moved"


def _undeletable(view: View, it: Resource) -> Iterator[str]:
    if it.inputs.get("deletionProtection") is True:
        yield "cannot be deleted"


KEPT: Mapping[str, Callable[[View, Resource], Iterator[str]]] = {
    _S3: _kept_s3,
    _GCS: _kept_gcs,
    _RDS: _kept_rds,
    _SQL: _kept_sql,
    _REDIS: _kept_redis,
    _EKS: _undeletable,
    _GKE: _undeletable,
    "aws:cloudwatch/logGroup:LogGroup": _kept_log,
    "aws:ecr/repository:Repository": _kept_images,
    "gcp:artifactregistry/repository:Repository": _kept_images,
}
