"""The nodes of the system: a few, always there, on which what makes the other nodes runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi

from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.account import tags
from modelyard.sites.aws.images import filling
from modelyard.sites.aws.node_classes import METADATA, bottlerocket_volumes
from modelyard.sites.aws.roles import Role, service_role

if TYPE_CHECKING:
    from modelyard.sites.aws.cluster import EksArgs
    from modelyard.sites.aws.control_plane import ControlPlane

POLICIES = (
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonSSMManagedInstanceCore",
)
"""What a node does in the account; source: EKS user guide, create-node-role."""
LABEL = {"modelyard.dev/nodes": "system"}
TYPES = {
    "amd64": ("BOTTLEROCKET_x86_64", ("m7i.large", "m6i.large", "m7a.large")),
    "arm64": ("BOTTLEROCKET_ARM_64", ("m7g.large", "m6g.large", "m8g.large")),
}
"""Image and machines by architecture: several, so that one that is sold out stops nothing."""


def node_role(
    parent: pulumi.Resource, name: str, args: EksArgs, policies: Sequence[str] = POLICIES
) -> Role:
    """What every node runs as."""
    return service_role(
        parent,
        f"{name}-nodes",
        args.context,
        args.site,
        service="ec2.amazonaws.com",
        called=("nodes",),
        managed=policies,
        statements=filling(args.context.scope, args.site),
        scoped=False,
    )


def system_nodes(
    parent: pulumi.Resource,
    name: str,
    plane: ControlPlane,
    role: Role,
    args: EksArgs,
    after: Sequence[pulumi.Resource],
) -> CloudResource:
    """A few nodes over the zones, replaced a third at a time; `after` what makes them ready."""
    image, machines = TYPES[args.site.cluster.nodes.architecture]
    template = _template(parent, name, plane.security_group, args)
    inputs = {
        "clusterName": plane.cluster["name"],
        "nodeGroupName": "system",
        "nodeRoleArn": role["arn"],
        "subnetIds": list(args.vpc.private_subnets),
        "amiType": image,
        "instanceTypes": list(machines),
        "capacityType": "ON_DEMAND",
        "scalingConfig": {"minSize": 2, "desiredSize": 2, "maxSize": 4},
        "updateConfig": {"maxUnavailablePercentage": 33},
        "nodeRepairConfig": {"enabled": True},
        "labels": LABEL,
        "launchTemplate": {"id": template.id, "version": template["latestVersion"].apply(str)},
    }
    # What scales them, whoever that is, changes the number.
    options = pulumi.ResourceOptions(
        parent=parent,
        depends_on=[*role.policies, *after],
        ignore_changes=["scalingConfig.desiredSize"],
    )
    return CloudResource(
        "aws:eks/nodeGroup:NodeGroup", f"{name}-system", inputs, options, outputs={}
    )


def _template(
    parent: pulumi.Resource, name: str, security_group: CloudResource, args: EksArgs
) -> CloudResource:
    inputs: Mapping[str, Any] = {
        "description": "Nodes of the system",
        "metadataOptions": METADATA,
        "monitoring": {"enabled": True},
        "vpcSecurityGroupIds": [security_group.id],
        "blockDeviceMappings": [
            {"deviceName": device, "ebs": _volume(gib, args)}
            for device, gib in bottlerocket_volumes(50)
        ],
        # The provider tags the template alone, and not what is made of it.
        "tagSpecifications": [
            {"resourceType": kind, "tags": dict(tags(args.context))}
            for kind in ("instance", "network-interface", "volume")
        ],
    }
    return CloudResource(
        "aws:ec2/launchTemplate:LaunchTemplate",
        f"{name}-system",
        inputs,
        pulumi.ResourceOptions(parent=parent),
        outputs={"latestVersion": int},
    )


def _volume(gib: int, args: EksArgs) -> Mapping[str, Any]:
    return {
        "volumeSize": gib,
        "volumeType": "gp3",
        "encrypted": "true",
        "kmsKeyId": args.kms.key(Encrypts.DATA),
        "deleteOnTermination": "true",
    }
