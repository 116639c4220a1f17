"""Where data rest: under which key, how they are kept from being lost, and in which region."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.policies.encryption import KEYS
from modelyard.policies.rule import at, number, objects, true
from modelyard.review.view import View, metadata, readable

if TYPE_CHECKING:
    from modelyard.blueprint.team import Data
    from modelyard.recorder import Resource

_S3, _GCS = "aws:s3/bucket:Bucket", "gcp:storage/bucket:Bucket"
_SSE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_VERSIONS = "aws:s3/bucketVersioning:BucketVersioning"
_LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
_RDS = "aws:rds/instance:Instance"
_REDIS = "aws:elasticache/replicationGroup:ReplicationGroup"
_SQL = "gcp:sql/databaseInstance:DatabaseInstance"
_EKS, _GKE = "aws:eks/cluster:Cluster", "gcp:container/cluster:Cluster"
_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
_CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
_STATEFUL = "kubernetes:apps/v1:StatefulSet"
_CNPG = "kubernetes:postgresql.cnpg.io/v1:Cluster"
_PROMETHEUS = "kubernetes:monitoring.coreos.com/v1:Prometheus"
_RELEASE = "kubernetes:helm.sh/v3:Release"
_SECRET = "kubernetes:core/v1:Secret"
_KEY_TYPES = ("aws:kms/key:Key", "gcp:kms/cryptoKey:CryptoKey", "gcp:kms/keyHandle:KeyHandle")

PLATFORM, ATTACHED, PROVIDER, NONE, UNKNOWN = "platform", "attached", "provider", "none", "unknown"
DAY = 86_400

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

_UNENCRYPTED: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "aws:sns/topic:Topic": lambda inputs: True,
    "aws:sqs/queue:Queue": lambda inputs: inputs.get("sqsManagedSseEnabled") is False,
    _RDS: lambda inputs: not true(inputs.get("storageEncrypted")),
    _REDIS: lambda inputs: not true(inputs.get("atRestEncryptionEnabled")),
    _EKS: lambda inputs: False,
}
"""What is not encrypted where no key is named; the rest is, by the provider's own keys."""


@dataclass(frozen=True)
class Store:
    """A place where data rest."""

    site: str
    kind: str
    """`bucket`, `database`, `volume`, ..."""
    name: str
    region: str
    key: str
    """Of the platform's keys the purpose, of others the address; empty where none is named."""
    owner: str
    """Whose key: `platform`, `attached`, `provider`; `none` if not encrypted, or `unknown`."""
    kept: tuple[str, ...]
    """What keeps them from being lost or changed."""
    urn: str | None

    def json(self) -> Mapping[str, Any]:
        """For machines; the keys are a contract."""
        return {
            "site": self.site,
            "kind": self.kind,
            "name": self.name,
            "region": self.region,
            "key": self.key,
            "owner": self.owner,
            "kept": list(self.kept),
            "urn": self.urn,
        }


def stores(view: View) -> tuple[Store, ...]:
    """Every place where data rest, in an order that never varies."""
    found = [_store(view, it, *_PATHS[token]) for token in _PATHS for it in view.of(token)]
    found += [_s3(view, it) for it in view.of(_S3)]
    found += [each for it in view.of(*_VOLUMES) for each in _VOLUMES[it.type](view, it)]
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
    key, owner = _key(view, it, at(it.inputs, *path))
    if not key and kind == "features":
        key, owner = _key(
            view, it, at(it.inputs, "offlineStoreConfig", "s3StorageConfig", "kmsKeyId")
        )
    return _made(view, it, kind, key, owner)


def _made(view: View, it: Resource, kind: str, key: str, owner: str, name: str = "") -> Store:
    site = view.site(it)
    kept = [*(_KEPT[it.type](view, it) if it.type in _KEPT else ())]
    if it.protect:
        kept.append("protected")
    title = readable(name or it.name)
    return Store(site, kind, title, _region(view, it, site), key, owner, tuple(kept), it.urn)


def _region(view: View, it: Resource, site: str) -> str:
    own = it.inputs.get("location") or it.inputs.get("region")
    return str(own).lower() if isinstance(own, str) and own else view.region(site)


def _key(view: View, it: Resource, named: Any) -> tuple[str, str]:
    """A key and whose it is."""
    if not named:
        bare = _UNENCRYPTED.get(it.type, lambda inputs: False)(it.inputs)
        return "", NONE if bare else PROVIDER
    text = readable(named)
    for key in (k for token in _KEY_TYPES for k in view.graph.of_type(token)):
        if key.name == text:
            return _purpose(view, key), ATTACHED if key.external else PLATFORM
    managed = "alias/aws/" in text or text.startswith("aws/")
    return text, PROVIDER if managed else ATTACHED


def _purpose(view: View, key: Resource) -> str:
    """`data` of `fraud-kms-data`."""
    return key.name.rpartition("-kms-")[2] or key.name


def _s3(view: View, it: Resource) -> Store:
    named = [
        at(rule, "applyServerSideEncryptionByDefault", "kmsMasterKeyId")
        for settings in view.referring(it, _SSE, "bucket")
        for rule in objects(settings.inputs, "rules")
    ]
    # S3 encrypts every object with keys of its own where nothing else is said (since 2023).
    key, owner = _key(view, it, next(filter(None, named), None))
    return _made(view, it, "bucket", key, owner)


# -- Volumes of Kubernetes --------------------------------------------------------------------


def _class_key(view: View, it: Resource, name: Any) -> tuple[str, str]:
    """The key of a class of volumes; of one that is not of this stack nobody knows."""
    classes = [c for c in view.graph.of_type(_CLASS) if c.provider == it.provider]
    for each in classes:
        default = at(each.inputs, "metadata", "annotations", _DEFAULT) == "true"
        if metadata(each)[1] == name or (not name and default):
            found = each.inputs.get("parameters")
            keys = ("kmsKeyId", "disk-encryption-kms-key")
            return _key(view, each, next((at(found, k) for k in keys if at(found, k)), None))
    return "", UNKNOWN


_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def _claim(view: View, it: Resource) -> Iterator[Store]:
    key = _class_key(view, it, at(it.inputs, "spec", "storageClassName"))
    yield _made(view, it, "volume", *key)


def _stateful(view: View, it: Resource) -> Iterator[Store]:
    for claim in objects(it.inputs, "spec", "volumeClaimTemplates"):
        key = _class_key(view, it, at(claim, "spec", "storageClassName"))
        yield _made(view, it, "volume", *key, f"{it.name} {at(claim, 'metadata', 'name')}")


def _cnpg(view: View, it: Resource) -> Iterator[Store]:
    key = _class_key(view, it, at(it.inputs, "spec", "storage", "storageClass"))
    yield _made(view, it, "database", *key)


def _prometheus(view: View, it: Resource) -> Iterator[Store]:
    claim = at(it.inputs, "spec", "storage", "volumeClaimTemplate")
    if claim:
        yield _made(
            view, it, "metrics", *_class_key(view, it, at(claim, "spec", "storageClassName"))
        )


def _release(view: View, it: Resource) -> Iterator[Store]:
    """What a chart is told to keep on volumes."""
    for path, name in _claims(it.inputs.get("values"), ""):
        yield _made(view, it, "volume", *_class_key(view, it, name), f"{it.name} {path}")


def _claims(values: Any, path: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(values, Mapping):
        return
    for key, value in values.items():
        here = f"{path}.{key}" if path else str(key)
        if key == "volumeClaimTemplate":
            yield path, at(value, "spec", "storageClassName")
        elif key == "persistence" and at(value, "enabled") is True:
            yield here, at(value, "storageClass") or at(value, "storageClassName")
        else:
            yield from _claims(value, here)


_VOLUMES: Mapping[str, Callable[[View, Resource], Iterator[Store]]] = {
    _CLAIM: _claim,
    _STATEFUL: _stateful,
    _CNPG: _cnpg,
    _PROMETHEUS: _prometheus,
    _RELEASE: _release,
}


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


# -- How data are kept --------------------------------------------------------------------------


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


_KEPT: Mapping[str, Callable[[View, Resource], Iterator[str]]] = {
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
