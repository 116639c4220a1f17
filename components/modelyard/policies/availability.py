"""What keeps running, and what cannot be lost by mistake."""

from __future__ import annotations

from modelyard.policies.rule import (
    Findings,
    Seen,
    Stack,
    at,
    items,
    number,
    rule,
    stack_rule,
    true,
)

_RDS = "aws:rds/instance:Instance"
_SQL = "gcp:sql/databaseInstance:DatabaseInstance"
_EKS = "aws:eks/cluster:Cluster"
_GKE = "gcp:container/cluster:Cluster"
_LB = "aws:lb/loadBalancer:LoadBalancer"
_MSK = "aws:msk/cluster:Cluster"
_ELASTICACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
_REDIS = "gcp:redis/instance:Instance"
_MEMORYSTORE = "gcp:memorystore/instance:Instance"
_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
_NODE_POOL = "gcp:container/nodePool:NodePool"
_DEPLOYMENT = "kubernetes:apps/v1:Deployment"
_BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"

STATEFUL = (
    "aws:cloudtrail/trail:Trail",
    "aws:eks/cluster:Cluster",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:kms/key:Key",
    "aws:msk/cluster:Cluster",
    "aws:opensearch/serverlessCollection:ServerlessCollection",
    "aws:rds/instance:Instance",
    "aws:s3/bucket:Bucket",
    "aws:s3/vectorsVectorBucket:VectorsVectorBucket",
    "aws:sagemaker/featureGroup:FeatureGroup",
    "gcp:alloydb/cluster:Cluster",
    "gcp:bigquery/dataset:Dataset",
    "gcp:container/cluster:Cluster",
    "gcp:kms/cryptoKey:CryptoKey",
    "gcp:managedkafka/cluster:Cluster",
    "gcp:memorystore/instance:Instance",
    "gcp:redis/instance:Instance",
    "gcp:sql/databaseInstance:DatabaseInstance",
    "gcp:storage/bucket:Bucket",
    "gcp:vertex/aiIndex:AiIndex",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:core/v1:PersistentVolumeClaim",
    "kubernetes:postgresql.cnpg.io/v1:Cluster",
)
"""What holds something that cannot be made again."""


@rule("availability-protected", *STATEFUL)
def protected(it: Seen) -> Findings:
    if not it.protect and not _made_again(it):
        yield "the engine destroys or replaces it when it is told to"


def _made_again(it: Seen) -> bool:
    """Weights that are fetched from elsewhere, and scratch, come back by themselves."""
    return at(it.inputs, "metadata", "labels", "app.kubernetes.io/component") == "model-server"


_DELETION: dict[str, tuple[tuple[str, ...], ...]] = {
    _RDS: (("deletionProtection",),),
    _EKS: (("deletionProtection",),),
    _LB: (("enableDeletionProtection",),),
    _SQL: (("deletionProtection",), ("settings", "deletionProtectionEnabled")),
    _GKE: (("deletionProtection",),),
    _MEMORYSTORE: (("deletionProtectionEnabled",),),
    "gcp:alloydb/cluster:Cluster": (("deletionProtection",),),
    "gcp:bigquery/table:Table": (("deletionProtection",),),
}


@rule("availability-deletion-protection", *_DELETION)
def deletion_protection(it: Seen) -> Findings:
    for path in _DELETION[it.type]:
        if not true(at(it.inputs, *path)):
            yield f"{'.'.join(path)} is off: anybody with the right deletes it at once"


@rule("availability-final-snapshot", _RDS)
def final_snapshot(it: Seen) -> Findings:
    if it.inputs.get("skipFinalSnapshot") in (True, "true"):
        yield "nothing is left of it when it is deleted"


@rule("availability-database-standby", _RDS, _SQL, "gcp:alloydb/instance:Instance")
def database_standby(it: Seen) -> Findings:
    if it.type == _RDS:
        stands_by = true(it.inputs.get("multiAz"))
    else:
        where = ("settings",) if it.type == _SQL else ()
        stands_by = at(it.inputs, *where, "availabilityType") == "REGIONAL"
    if not stands_by:
        yield "it stands in one zone, and nothing stands by"


_REPLICAS = {_ELASTICACHE: "numCacheClusters", _REDIS: "replicaCount", _MEMORYSTORE: "replicaCount"}


@rule("availability-cache-replica", *_REPLICAS)
def cache_replica(it: Seen) -> Findings:
    fewest = 2 if it.type == _ELASTICACHE else 1
    if number(it.inputs.get(_REPLICAS[it.type])) < fewest:
        yield "it has no replica"


_ZONED: dict[str, tuple[str, ...]] = {
    _EKS: ("vpcConfig", "subnetIds"),
    _LB: ("subnets",),
    _MSK: ("brokerNodeGroupInfo", "clientSubnets"),
    _NODE_GROUP: ("subnetIds",),
    "aws:mwaa/environment:Environment": ("networkConfiguration", "subnetIds"),
}


@rule("availability-zones", *_ZONED)
def zones(it: Seen) -> Findings:
    if len(items(it.inputs, *_ZONED[it.type])) < 2:
        yield "it stands in one zone"


@rule("availability-node-repair", _NODE_GROUP, _NODE_POOL)
def node_repair(it: Seen) -> Findings:
    """GKE takes queued provisioning only without repairs."""
    if it.type == _NODE_GROUP:
        if not true(at(it.inputs, "nodeRepairConfig", "enabled")):
            yield "nodes that fail stay"
        return
    queued = at(it.inputs, "queuedProvisioning", "enabled") or at(
        it.inputs, "nodeConfig", "flexStart"
    )
    if not queued and not true(at(it.inputs, "management", "autoRepair")):
        yield "nodes that fail stay"


@stack_rule("availability-disruption-budget", _DEPLOYMENT)
def disruption_budget(it: Seen, stack: Stack) -> Findings:
    """Of what has replicas: the only pod of a Deployment could never be moved."""
    if number(at(it.inputs, "spec", "replicas"), 1) < 2:
        return
    labels = at(it.inputs, "spec", "template", "metadata", "labels")
    namespace = at(it.inputs, "metadata", "namespace")
    for found in stack.of_type(_BUDGET):
        if at(found.inputs, "metadata", "namespace") != namespace:
            continue
        wanted = at(found.inputs, "spec", "selector", "matchLabels") or {}
        if all(at(labels, key) == value for key, value in wanted.items()):
            return
    yield "nodes that are emptied may take all of its pods at once"
