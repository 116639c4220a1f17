"""What is stored is encrypted by the platform's own key."""

from __future__ import annotations

import json

from modelyard.policies.rule import (
    Findings,
    Seen,
    Stack,
    at,
    items,
    number,
    objects,
    rule,
    stack_rule,
    true,
    unknown,
)
from modelyard.policies.storage import GCS, S3

_SSE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_LOGGING = "aws:s3/bucketLogging:BucketLogging"
_LAUNCH = "aws:ec2/launchTemplate:LaunchTemplate"
_NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
_NODE_POOL = "gcp:container/nodePool:NodePool"
_COMPUTE_CLASS = "kubernetes:cloud.google.com/v1:ComputeClass"
_EBS = "aws:ebs/encryptionByDefault:EncryptionByDefault"
_STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
_EKS = "aws:eks/cluster:Cluster"
_GKE = "gcp:container/cluster:Cluster"
_ECR_TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
_ECR = "aws:ecr/repository:Repository"
_ENDPOINT = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
_FEATURES = "aws:sagemaker/featureGroup:FeatureGroup"
_KMS = "aws:kms/key:Key"
_CRYPTO_KEY = "gcp:kms/cryptoKey:CryptoKey"

_LOCAL_DISKS = ("ml.g4dn.", "ml.g5.", "ml.p4d.", "ml.m5d.", "ml.c5d.", "ml.r5d.")
"""Machines that encrypt their disks in hardware, and refuse a key (CreateEndpointConfig)."""

KEYS: dict[str, dict[str, tuple[str | int, ...]]] = {
    "encryption-database-key": {
        "aws:rds/instance:Instance": ("kmsKeyId",),
        "gcp:sql/databaseInstance:DatabaseInstance": ("encryptionKeyName",),
        "gcp:alloydb/cluster:Cluster": ("encryptionConfig", "kmsKeyName"),
    },
    "encryption-cache-key": {
        "aws:elasticache/replicationGroup:ReplicationGroup": ("kmsKeyId",),
        "gcp:redis/instance:Instance": ("customerManagedKey",),
        "gcp:memorystore/instance:Instance": ("kmsKey",),
    },
    "encryption-log-key": {
        "aws:cloudtrail/trail:Trail": ("kmsKeyId",),
        "aws:cloudwatch/logGroup:LogGroup": ("kmsKeyId",),
    },
    "encryption-topic-key": {
        "aws:sns/topic:Topic": ("kmsMasterKeyId",),
        "gcp:pubsub/topic:Topic": ("kmsKeyName",),
    },
    "encryption-stream-key": {
        "aws:msk/cluster:Cluster": ("encryptionInfo", "encryptionAtRestKmsKeyArn"),
        "gcp:managedkafka/cluster:Cluster": ("gcpConfig", "kmsKey"),
    },
    "encryption-image-key": {
        _ECR: ("encryptionConfigurations", 0, "kmsKey"),
        _ECR_TEMPLATE: ("encryptionConfigurations", 0, "kmsKey"),
        "gcp:artifactregistry/repository:Repository": ("kmsKeyName",),
    },
    "encryption-warehouse-key": {
        "gcp:bigquery/dataset:Dataset": ("defaultEncryptionConfiguration", "kmsKeyName"),
    },
    "encryption-vector-key": {
        "aws:s3/vectorsVectorBucket:VectorsVectorBucket": (
            "encryptionConfigurations",
            0,
            "kmsKeyArn",
        ),
        "gcp:vertex/aiIndex:AiIndex": ("encryptionSpec", "kmsKeyName"),
        "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint": ("encryptionSpec", "kmsKeyName"),
    },
    "encryption-orchestration-key": {
        "aws:mwaa/environment:Environment": ("kmsKey",),
        "aws:scheduler/schedule:Schedule": ("kmsKeyArn",),
        "aws:sfn/stateMachine:StateMachine": ("encryptionConfiguration", "kmsKeyId"),
        "gcp:composer/environment:Environment": ("config", "encryptionConfig", "kmsKeyName"),
        "gcp:workflows/workflow:Workflow": ("cryptoKeyName",),
    },
    "encryption-metrics-key": {
        "aws:amp/workspace:Workspace": ("kmsKeyArn",),
        "aws:grafana/workspace:Workspace": ("kmsKeyId",),
    },
}
"""Where a key is named, by rule and type."""


def _names_a_key(it: Seen, paths: dict[str, tuple[str | int, ...]]) -> Findings:
    path = paths[it.type]
    if not at(it.inputs, *path):
        yield f"{'.'.join(map(str, path))} names no key"


KEYED = tuple(
    rule(id, *paths)(lambda it, paths=paths: _names_a_key(it, paths)) for id, paths in KEYS.items()
)
"""Rules that ask for a key and nothing else."""


@stack_rule("encryption-bucket-key", S3, GCS)
def bucket_key(it: Seen, stack: Stack) -> Findings:
    """S3 delivers access logs only to buckets with keys of its own."""
    if it.type == GCS:
        if not at(it.inputs, "encryption", "defaultKmsKeyName"):
            yield "encryption.defaultKmsKeyName names no key"
        return
    found = [r for s in stack.referring(it, _SSE, "bucket") for r in objects(s.inputs, "rules")]
    defaults = [at(each, "applyServerSideEncryptionByDefault") for each in found]
    takes_logs = bool(stack.referring(it, _LOGGING, "targetBucket"))
    if not defaults:
        yield "it has no encryption of its own"
    elif not takes_logs and not all(at(each, "kmsMasterKeyId") for each in defaults):
        yield "its encryption names no key"


@rule("encryption-volume-key", _LAUNCH, _NODE_CLASS, _NODE_POOL, _COMPUTE_CLASS)
def volume_key(it: Seen) -> Findings:
    if it.type == _NODE_POOL:
        if not at(it.inputs, "nodeConfig", "bootDiskKmsKey"):
            yield "nodeConfig.bootDiskKmsKey names no key"
    elif it.type == _COMPUTE_CLASS:
        for each in objects(it.inputs, "spec", "priorities"):
            # What names pools of nodes takes their disks.
            if not each.get("nodepools") and not at(each, "storage", "bootDiskKMSKey"):
                yield f"{each.get('machineType', 'a priority')}: bootDiskKMSKey names no key"
    else:
        yield from _block_devices(it)


def _block_devices(it: Seen) -> Findings:
    where = ("spec",) if it.type == _NODE_CLASS else ()
    mappings = objects(it.inputs, *where, "blockDeviceMappings")
    if not mappings:
        yield "blockDeviceMappings say nothing of encryption"
    for each in mappings:
        disk = each.get("ebs")
        if not true(at(disk, "encrypted")) or not (at(disk, "kmsKeyId") or at(disk, "kmsKeyID")):
            yield f"{each.get('deviceName', 'a disk')} is not encrypted by a key of the platform"


@rule("encryption-volume-default", _EBS)
def volume_default(it: Seen) -> Findings:
    if not true(it.inputs.get("enabled")):
        yield "new volumes of the account are not encrypted by themselves"


@rule("encryption-claim-key", _STORAGE_CLASS)
def claim_key(it: Seen) -> Findings:
    parameters = it.inputs.get("parameters")
    provisioner = str(it.inputs.get("provisioner"))
    if provisioner.startswith("ebs.csi."):
        if not true(at(parameters, "encrypted")) or not at(parameters, "kmsKeyId"):
            yield "volumes of this class are not encrypted by a key of the platform"
    elif provisioner.startswith("pd.csi.") and not at(parameters, "disk-encryption-kms-key"):
        yield "disk-encryption-kms-key names no key"


@rule("encryption-cluster-secrets", _EKS, _GKE)
def cluster_secrets(it: Seen) -> Findings:
    if it.type == _EKS:
        if not at(it.inputs, "encryptionConfig", "provider", "keyArn"):
            yield "encryptionConfig names no key"
        if "secrets" not in items(it.inputs, "encryptionConfig", "resources"):
            yield "encryptionConfig is not about secrets"
        return
    states = ("ENCRYPTED", "ALL_OBJECTS_ENCRYPTION_ENABLED")
    if at(it.inputs, "databaseEncryption", "state") not in states:
        yield "databaseEncryption is not on"
    elif not at(it.inputs, "databaseEncryption", "keyName"):
        yield "databaseEncryption names no key"


@rule("encryption-queue", "aws:sqs/queue:Queue")
def queue(it: Seen) -> Findings:
    if not it.inputs.get("kmsMasterKeyId") and not true(it.inputs.get("sqsManagedSseEnabled")):
        yield "messages are not encrypted"


@rule("encryption-endpoint-key", _ENDPOINT)
def endpoint_key(it: Seen) -> Findings:
    """Serverless variants have no volume, and some machines encrypt theirs in hardware."""
    machines = [
        str(at(each, "instanceType") or "") for each in objects(it.inputs, "productionVariants")
    ]
    asked = [m for m in machines if m and not m.startswith(_LOCAL_DISKS)]
    if asked and not it.inputs.get("kmsKeyArn"):
        yield f"kmsKeyArn names no key for the volumes of {asked[0]}"
    capture = it.inputs.get("dataCaptureConfig")
    if capture and not at(capture, "kmsKeyId"):
        yield "what is captured is not encrypted by a key of the platform"


@rule("encryption-feature-key", _FEATURES)
def feature_key(it: Seen) -> Findings:
    online, offline = it.inputs.get("onlineStoreConfig"), it.inputs.get("offlineStoreConfig")
    if online and not at(online, "securityConfig", "kmsKeyId"):
        yield "the online store has no key of the platform"
    if offline and not at(offline, "s3StorageConfig", "kmsKeyId"):
        yield "the offline store has no key of the platform"


@rule("encryption-key-rotation", _KMS, _CRYPTO_KEY)
def key_rotation(it: Seen) -> Findings:
    if it.type == _KMS:
        if not true(it.inputs.get("enableKeyRotation")):
            yield "enableKeyRotation is off"
        return
    symmetric = it.inputs.get("purpose", "ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT"
    period = it.inputs.get("rotationPeriod")
    if symmetric and not unknown(period) and not 0 < number(period) <= 366 * 86_400:
        yield "it is not rotated at least once a year"


@rule("encryption-key-deletion", _KMS, _CRYPTO_KEY)
def key_deletion(it: Seen) -> Findings:
    days = number(it.inputs.get("deletionWindowInDays"), 30)
    if it.type == _CRYPTO_KEY:
        # A day, where it is not set (Cloud KMS, key version states).
        days = number(it.inputs.get("destroyScheduledDuration"), 86_400) // 86_400
    if days < 14:
        yield f"a mistake can be taken back for {days} days only"


@rule("encryption-listener-tls", "aws:lb/listener:Listener")
def listener_tls(it: Seen) -> Findings:
    """TCP at 443 hands TLS on as it comes: what ends it stands behind."""
    if (it.inputs.get("protocol"), number(it.inputs.get("port"))) == ("TCP", 443):
        return
    actions = [each.get("type") for each in objects(it.inputs, "defaultActions")]
    if it.inputs.get("protocol") in ("HTTPS", "TLS"):
        if not str(it.inputs.get("sslPolicy", "")).startswith("ELBSecurityPolicy-TLS13-"):
            yield f"{it.inputs.get('sslPolicy') or 'the default policy'} takes TLS before 1.2"
    elif set(actions) != {"redirect"}:
        yield f"{it.inputs.get('protocol')} is not encrypted, and does not redirect"


@rule("encryption-tls-version", "gcp:compute/regionSslPolicy:RegionSslPolicy")
def tls_version(it: Seen) -> Findings:
    if it.inputs.get("minTlsVersion") not in ("TLS_1_2", "TLS_1_3"):
        yield "TLS before 1.2 is taken"


@rule("encryption-gateway-tls", "kubernetes:gateway.networking.k8s.io/v1:Gateway")
def gateway_tls(it: Seen) -> Findings:
    protocols = {str(each.get("protocol")) for each in objects(it.inputs, "spec", "listeners")}
    if "HTTP" in protocols and not protocols & {"HTTPS", "TLS"}:
        yield "it listens without TLS only"


_TRANSIT = {
    "aws:elasticache/replicationGroup:ReplicationGroup": ("transitEncryptionEnabled", True),
    "gcp:redis/instance:Instance": ("transitEncryptionMode", "SERVER_AUTHENTICATION"),
    "gcp:memorystore/instance:Instance": ("transitEncryptionMode", "SERVER_AUTHENTICATION"),
}


@rule("encryption-cache-transit", *_TRANSIT)
def cache_transit(it: Seen) -> Findings:
    key, wanted = _TRANSIT[it.type]
    if it.inputs.get(key) != wanted:
        yield f"{key} is {json.dumps(it.inputs.get(key))}: connections are not encrypted"


@rule("encryption-stream-transit", "aws:msk/cluster:Cluster")
def stream_transit(it: Seen) -> Findings:
    transit = at(it.inputs, "encryptionInfo", "encryptionInTransit")
    if at(transit, "clientBroker") != "TLS":
        yield "clients may speak to brokers without TLS"
    if at(transit, "inCluster") is False:
        yield "brokers speak to each other without TLS"
