"""How each kind of resource is looked at: which call tells of it, and what it says if all is well.

Calls and shapes are botocore's; a test holds every one of them against its service models. What is
not listed here is compared by `modelyard refresh`, which asks the provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Look:
    """One call. `asked` maps its parameters to inputs of the resource."""

    service: str
    operation: str
    asked: Mapping[str, str]
    status: str = ""
    """JMESPath of the status in the answer; that there is one is enough when empty."""
    well: tuple[str, ...] = ()
    why: str = ""
    """JMESPath of the service's own words for what is wrong."""
    listed: tuple[str, ...] = ()
    """Parameters that take a list of names."""


LOOKS: Mapping[str, Look] = {
    "aws:eks/cluster:Cluster": Look(
        service="eks",
        operation="describe_cluster",
        asked={"name": "name"},
        status="cluster.status",
        well=("ACTIVE",),
        why="cluster.health.issues[].message",
    ),
    "aws:eks/nodeGroup:NodeGroup": Look(
        service="eks",
        operation="describe_nodegroup",
        asked={"clusterName": "clusterName", "nodegroupName": "nodeGroupName"},
        status="nodegroup.status",
        well=("ACTIVE",),
        why="nodegroup.health.issues[].message",
    ),
    "aws:eks/addon:Addon": Look(
        service="eks",
        operation="describe_addon",
        asked={"clusterName": "clusterName", "addonName": "addonName"},
        status="addon.status",
        well=("ACTIVE",),
        why="addon.health.issues[].message",
    ),
    "aws:rds/instance:Instance": Look(
        service="rds",
        operation="describe_db_instances",
        asked={"DBInstanceIdentifier": "identifier"},
        status="DBInstances[0].DBInstanceStatus",
        well=("available", "backing-up", "configuring-enhanced-monitoring", "storage-optimization"),
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Look(
        service="elasticache",
        operation="describe_replication_groups",
        asked={"ReplicationGroupId": "replicationGroupId"},
        status="ReplicationGroups[0].Status",
        well=("available", "snapshotting"),
    ),
    "aws:s3/bucket:Bucket": Look(service="s3", operation="head_bucket", asked={"Bucket": "bucket"}),
    "aws:iam/role:Role": Look(service="iam", operation="get_role", asked={"RoleName": "name"}),
    "aws:kms/alias:Alias": Look(
        service="kms",
        operation="describe_key",
        asked={"KeyId": "name"},
        status="KeyMetadata.KeyState",
        well=("Enabled",),
    ),
    "aws:cloudtrail/trail:Trail": Look(
        service="cloudtrail",
        operation="get_trail_status",
        asked={"Name": "name"},
        status="IsLogging",
        well=("True",),
        why="LatestDeliveryError",
    ),
    "aws:lb/loadBalancer:LoadBalancer": Look(
        service="elbv2",
        operation="describe_load_balancers",
        asked={"Names": "name"},
        listed=("Names",),
        status="LoadBalancers[0].State.Code",
        well=("active",),
        why="LoadBalancers[0].State.Reason",
    ),
    "aws:ecr/repository:Repository": Look(
        service="ecr",
        operation="describe_repositories",
        asked={"repositoryNames": "name"},
        listed=("repositoryNames",),
    ),
    "aws:secretsmanager/secret:Secret": Look(
        service="secretsmanager", operation="describe_secret", asked={"SecretId": "name"}
    ),
    "aws:sagemaker/endpoint:Endpoint": Look(
        service="sagemaker",
        operation="describe_endpoint",
        asked={"EndpointName": "name"},
        status="EndpointStatus",
        well=("InService",),
        why="FailureReason",
    ),
    "aws:sagemaker/featureGroup:FeatureGroup": Look(
        service="sagemaker",
        operation="describe_feature_group",
        asked={"FeatureGroupName": "featureGroupName"},
        status="FeatureGroupStatus",
        well=("Created",),
        why="FailureReason",
    ),
}
