"""EKS Auto Mode: three settings that go together, and what its nodes run as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import partition
from modelyard.sites.aws.node_classes import Manifest
from modelyard.sites.aws.policies import Statement, allow
from modelyard.sites.aws.roles import Role

if TYPE_CHECKING:
    from modelyard.sites.aws.cluster import EksArgs

POLICIES = ("AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodeMinimalPolicy")
"""Source: EKS user guide, auto-create-node-role."""
VOLUMES = "ebs.csi.eks.amazonaws.com"
"""What makes volumes."""
ADDONS = ("metrics-server",)
"""What Auto Mode does not bring: without it nothing scales by its load."""


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


def tagging(args: EksArgs, cluster: str) -> list[Statement]:
    """AWS's own policies let EKS make machines and volumes only without tags of ours.

    Source: EKS user guide, auto-cluster-iam-role, custom tags.
    """
    ours = {"StringEquals": {"aws:RequestTag/eks:eks-cluster-name": cluster}}
    kinds = ("node-class-name", "node-pool-name")
    nodes = {f"aws:RequestTag/eks:kubernetes-{kind}": "*" for kind in kinds}
    network = {"aws:RequestTag/eks:kubernetes-cni-node-name": "*"}
    where = f"arn:{partition(args.site.region)}:ec2:{args.site.region}:*"
    disks = [f"{where}:snapshot/*", f"{where}:volume/*"]
    launching = ("ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:RunInstances")
    return [
        allow(launching, ["*"], {**ours, "StringLike": nodes}),
        allow(("ec2:CreateNetworkInterface",), ["*"], {**ours, "StringLike": network}),
        allow(("ec2:CreateSnapshot", "ec2:CreateVolume"), disks, ours),
    ]


def network_policies() -> Manifest:
    """Without it NetworkPolicies are taken and not kept; source: EKS user guide, auto-net-pol."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "amazon-vpc-cni", "namespace": "kube-system"},
        "data": {"enable-network-policy-controller": "true"},
    }


def node_access(
    parent: pulumi.Resource, name: str, cluster: CloudResource, role: Role, args: EksArgs
) -> None:
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
    where = f"arn:{partition(args.site.region)}:eks::aws:cluster-access-policy"
    policy = f"{where}/AmazonEKSAutoNodePolicy"
    CloudResource(
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        f"{name}-nodes",
        {**who, "policyArn": policy, "accessScope": {"type": "cluster"}},
        pulumi.ResourceOptions(parent=parent, deleted_with=cluster, depends_on=[entry]),
        outputs={},
    )
