"""Where data rest: under which key, how they are kept, and in which region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from modelyard.policies.encryption import KEYS
from modelyard.policies.rule import at, objects
from modelyard.review.data.store import (
    UNKNOWN,
    Store,
    key_of,
    made,
)
from modelyard.review.data.volumes import VOLUMES
from modelyard.review.view import View

if TYPE_CHECKING:
    from modelyard.blueprint.team import Data
    from modelyard.recorder import Resource

_S3, _GCS = "aws:s3/bucket:Bucket", "gcp:storage/bucket:Bucket"
_SSE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_EKS, _GKE = "aws:eks/cluster:Cluster", "gcp:container/cluster:Cluster"
_SECRET = "kubernetes:core/v1:Secret"


_BY_RULE = {
    "encryption-database-key": "database",
    "encryption-cache-key": "cache",
    "encryption-log-key": "log",
    "encryption-topic-key": "topic",
    "encryption-stream-key": "stream",
    "encryption-image-key": "image registry",
    "encryption-warehouse-key": "warehouse",
    "encryption-vector-key": "vector index",
    "encryption-orchestration-key": "orchestration",
    "encryption-metrics-key": "metrics",
}
_PATHS: Mapping[str, tuple[str, tuple[str | int, ...]]] = {
    **{
        token: (_BY_RULE[id], path)
        for id, paths in KEYS.items()
        for token, path in paths.items()
        if id in _BY_RULE
    },
    _GCS: ("bucket", ("encryption", "defaultKmsKeyName")),
    _EKS: ("cluster's Secrets", ("encryptionConfig", "provider", "keyArn")),
    _GKE: ("cluster's Secrets", ("databaseEncryption", "keyName")),
    "aws:sqs/queue:Queue": ("queue", ("kmsMasterKeyId",)),
    "aws:s3/vectorsIndex:VectorsIndex": (
        "vector index",
        ("encryptionConfigurations", 0, "kmsKeyArn"),
    ),
    "aws:sagemaker/featureGroup:FeatureGroup": (
        "features",
        ("onlineStoreConfig", "securityConfig", "kmsKeyId"),
    ),
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer": ("tracking", ("kmsKeyId",)),
    "aws:dynamodb/table:Table": ("database", ("serverSideEncryption", "kmsKeyArn")),
    "aws:secretsmanager/secret:Secret": ("secret", ("kmsKeyId",)),
    "aws:ec2/launchTemplate:LaunchTemplate": (
        "machines' disks",
        ("blockDeviceMappings", 0, "ebs", "kmsKeyId"),
    ),
    "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass": (
        "machines' disks",
        ("spec", "blockDeviceMappings", 0, "ebs", "kmsKeyID"),
    ),
    "kubernetes:eks.amazonaws.com/v1:NodeClass": (
        "machines' disks",
        ("spec", "ephemeralStorage", "kmsKeyID"),
    ),
    "gcp:container/nodePool:NodePool": ("machines' disks", ("nodeConfig", "bootDiskKmsKey")),
    "gcp:secretmanager/secret:Secret": (
        "secret",
        ("replication", "userManaged", "replicas", 0, "customerManagedEncryption", "kmsKeyName"),
    ),
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": (
        "features",
        ("encryptionSpec", "kmsKeyName"),
    ),
    "gcp:vertex/aiMetadataStore:AiMetadataStore": ("tracking", ("encryptionSpec", "kmsKeyName")),
    "gcp:vertex/aiTensorboard:AiTensorboard": ("tracking", ("encryptionSpec", "kmsKeyName")),
}
"""What rests in a resource, and where its key is named, by type."""


def stores(view: View) -> tuple[Store, ...]:
    """Every place where data rest, in an order that never varies."""
    found = [_store(view, it, *_PATHS[token]) for token in _PATHS for it in view.of(token)]
    found += [_s3(view, it) for it in view.of(_S3)]
    found += [
        each for type, held in VOLUMES.items() for it in view.of(type) for each in held(view, it)
    ]
    return tuple(sorted([*found, *_secrets(view), *_attached(view)], key=_order))


def _order(store: Store) -> tuple[str, ...]:
    return (store.site, store.kind, store.name, store.urn or "")


def marks(data: Data) -> tuple[str, ...]:
    """Why a blueprint's data ask for care; nothing where they are public or internal."""
    named = str(data.classification)
    told = (named,) if named in ("confidential", "restricted") else ()
    return (*told, "pii") if data.pii else told


def abroad(view: View, store: Store) -> bool:
    """Whether it stands in a region that the blueprint's data may not go to."""
    allowed = view.plan.blueprint.data.residency
    return bool(allowed and store.region and store.region not in allowed)


def _store(view: View, it: Resource, kind: str, path: tuple[str | int, ...]) -> Store:
    key, owner = key_of(view, it, at(it.inputs, *path))
    if not key and kind == "features":
        key, owner = key_of(
            view, it, at(it.inputs, "offlineStoreConfig", "s3StorageConfig", "kmsKeyId")
        )
    return made(view, it, kind, key, owner)


def _s3(view: View, it: Resource) -> Store:
    named = [
        at(rule, "applyServerSideEncryptionByDefault", "kmsMasterKeyId")
        for settings in view.referring(it, _SSE, "bucket")
        for rule in objects(settings.inputs, "rules")
    ]
    # S3 encrypts every object with keys of its own where nothing else is said (since 2023).
    key, owner = key_of(view, it, next(filter(None, named), None))
    return made(view, it, "bucket", key, owner)


def _secrets(view: View) -> Iterator[Store]:
    """Secrets in clusters that are there already: how those keep them nobody here knows."""
    made = {view.site(it) for it in view.of(_EKS, _GKE)}
    held = {view.site(it) for it in view.of(_SECRET)} - made
    for site in sorted(held):
        region = view.region(site)
        yield Store(site, "cluster's Secrets", f"cluster of {site}", region, "", UNKNOWN, (), None)


def _attached(view: View) -> Iterator[Store]:
    """What is there already: its owner decides how it is kept."""
    for kind, tokens in _ATTACHED.items():
        for it in (each for token in tokens for each in view.graph.of_type(token)):
            site = view.site(it)
            kept = ("as its owner keeps it",)
            yield Store(site, kind, it.name, view.region(site), "", UNKNOWN, kept, it.urn)


_ATTACHED = {
    "bucket": ("modelyard:object-store:AttachedBucket", "modelyard:object-store:AttachedStore"),
    "database": ("modelyard:database:AttachedDatabase",),
    "cache": ("modelyard:cache:AttachedCache",),
}
