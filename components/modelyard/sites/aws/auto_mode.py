"""EKS Auto Mode: three settings that go together, and what its nodes run as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi

from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.account import tags
from modelyard.sites.aws.names import role_name
from modelyard.sites.aws.node_classes import NodeClasses
from modelyard.sites.aws.roles import Role

if TYPE_CHECKING:
    from modelyard.sites.aws.cluster import EksArgs

POLICIES = ("AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodeMinimalPolicy")
"""Source: EKS user guide, auto-create-node-role."""
VOLUMES = "ebs.csi.eks.amazonaws.com"
"""What makes volumes."""


def settings(role: Role) -> Mapping[str, Any]:
    """The pool that comes with it runs what the system needs; ours are for the rest."""
    return {
        "computeConfig": {
            "enabled": True,
            "nodePools": ["system"],
            "nodeRoleArn": role["arn"],
        },
        "storageConfig": {"blockStorage": {"enabled": True}},
        "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": True}},
    }


def node_access(parent: pulumi.Resource, name: str, cluster: CloudResource, role: Role) -> None:
    """Nodes of pools of one's own are let in by name; source: EKS user guide, create-node-class."""
    options = pulumi.ResourceOptions(parent=parent, deleted_with=cluster)
    who = {"clusterName": cluster["name"], "principalArn": role["arn"]}
    entry = CloudResource(
        "aws:eks/accessEntry:AccessEntry",
        f"{name}-nodes",
        {**who, "type": "EC2"},
        options,
        outputs={},
    )
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy"
    CloudResource(
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        f"{name}-nodes",
        {**who, "policyArn": policy, "accessScope": {"type": "cluster"}},
        pulumi.ResourceOptions(parent=parent, deleted_with=cluster, depends_on=[entry]),
        outputs={},
    )


def node_classes(cluster: str, args: EksArgs) -> NodeClasses:
    """Auto Mode's own kind."""
    return NodeClasses(
        group="eks.amazonaws.com",
        kind="NodeClass",
        cluster=cluster,
        role=role_name(args.context, "nodes"),
        key=args.kms.key(Encrypts.DATA),
        images=False,
        labels="eks.amazonaws.com",
        tags=tags(args.context),
    )
