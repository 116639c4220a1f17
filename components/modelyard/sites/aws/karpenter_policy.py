"""What Karpenter may do: make nodes of its own cluster, and touch no other machine.

Actions and conditions follow the reference policy of Karpenter 1.14 (karpenter.sh, reference,
CloudFormation), read 2026-11-25, narrowed to this cluster, this account and this region.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from modelyard.plan.naming import fitted
from modelyard.sites.aws.names import arn, iam_arn, partition, role_name
from modelyard.sites.aws.policies import Statement, allow

if TYPE_CHECKING:
    from modelyard.sites.aws.cluster import EksArgs

_TAKEN = (
    "capacity-reservation",
    "image",
    "placement-group",
    "security-group",
    "snapshot",
    "subnet",
)
"""What a launch uses and does not make."""
_QUEUE = 80
"""Most characters of the name of a queue."""
_MADE = (
    "fleet",
    "instance",
    "launch-template",
    "network-interface",
    "spot-instances-request",
    "volume",
)


def karpenter(args: EksArgs, cluster: str) -> Sequence[Statement]:
    """The controller's policy."""
    return [
        *_launching(args, cluster),
        *_ending(args, cluster),
        *_profiles(args, cluster),
        *_looking(args, cluster),
    ]


def _owned(cluster: str, tags: str) -> Mapping[str, Any]:
    """Only what bears the tag of this cluster, or is to bear it."""
    named = {"aws:RequestTag/eks:eks-cluster-name": cluster} if tags == "RequestTag" else {}
    return {
        "StringEquals": {f"aws:{tags}/kubernetes.io/cluster/{cluster}": "owned", **named},
        "StringLike": {f"aws:{tags}/karpenter.sh/nodepool": "*"},
    }


def _ec2(args: EksArgs, kinds: Sequence[str]) -> list[str]:
    where = f"arn:{partition(args.site.region)}:ec2:{args.site.region}"
    return [f"{where}:{'' if kind in ('image', 'snapshot') else '*'}:{kind}/*" for kind in kinds]


def _launching(args: EksArgs, cluster: str) -> list[Statement]:
    launch = ("ec2:RunInstances", "ec2:CreateFleet")
    making = {
        "StringEquals": {
            "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"]
        }
    }
    owned = _owned(cluster, "RequestTag")
    return [
        allow(launch, _ec2(args, _TAKEN)),
        allow(launch, _ec2(args, ("launch-template",)), _owned(cluster, "ResourceTag")),
        allow((*launch, "ec2:CreateLaunchTemplate"), _ec2(args, _MADE), owned),
        allow(
            ("ec2:CreateTags",),
            _ec2(args, _MADE),
            {**owned, "StringEquals": {**owned["StringEquals"], **making["StringEquals"]}},
        ),
        allow(("ec2:CreateTags",), _ec2(args, ("instance",)), _naming(cluster)),
        allow(
            ("iam:PassRole",),
            [iam_arn(args.site, f"role/{role_name(args.context, 'nodes')}")],
            {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
    ]


def _naming(cluster: str) -> Mapping[str, Any]:
    """What it writes on an instance once it is a node, and nothing besides."""
    tags = ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]
    return {
        **_owned(cluster, "ResourceTag"),
        "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": cluster},
        "ForAllValues:StringEquals": {"aws:TagKeys": tags},
    }


def _ending(args: EksArgs, cluster: str) -> list[Statement]:
    actions = ("ec2:TerminateInstances", "ec2:DeleteLaunchTemplate")
    kinds = ("instance", "launch-template")
    return [allow(actions, _ec2(args, kinds), _owned(cluster, "ResourceTag"))]


def _profiles(args: EksArgs, cluster: str) -> list[Statement]:
    """Instance profiles of its own, which carry the nodes' role."""
    mine = [iam_arn(args.site, "instance-profile/*")]
    made, there = _profile(args, cluster, "RequestTag"), _profile(args, cluster, "ResourceTag")
    named = {"aws:RequestTag/eks:eks-cluster-name": cluster}
    asked = {**made, "StringEquals": {**made["StringEquals"], **named}}
    # Whoever could tag any profile could make it its own.
    both = {test: {**asked[test], **there[test]} for test in asked}
    changing = (
        "AddRoleToInstanceProfile",
        "DeleteInstanceProfile",
        "RemoveRoleFromInstanceProfile",
    )
    return [
        allow(("iam:CreateInstanceProfile",), mine, asked),
        allow(("iam:TagInstanceProfile",), mine, both),
        allow([f"iam:{action}" for action in changing], mine, there),
        allow(("iam:GetInstanceProfile",), mine),
    ]


def _profile(args: EksArgs, cluster: str, tags: str) -> Mapping[str, Mapping[str, str]]:
    """A profile that was made, or is to be made, for a class of nodes of this cluster."""
    place = {f"aws:{tags}/topology.kubernetes.io/region": args.site.region}
    return {
        "StringEquals": {f"aws:{tags}/kubernetes.io/cluster/{cluster}": "owned", **place},
        "StringLike": {f"aws:{tags}/karpenter.k8s.aws/ec2nodeclass": "*"},
    }


def _looking(args: EksArgs, cluster: str) -> list[Statement]:
    """Prices, images, and notices that a node will be taken away. Lists cannot be narrowed."""
    region = {"StringEquals": {"aws:RequestedRegion": args.site.region}}
    listing = (
        "CapacityReservations",
        "Images",
        "InstanceStatus",
        "InstanceTypeOfferings",
        "InstanceTypes",
        "Instances",
        "LaunchTemplates",
        "PlacementGroups",
        "SecurityGroups",
        "SpotPriceHistory",
        "Subnets",
    )
    images = f"arn:{partition(args.site.region)}:ssm:{args.site.region}::parameter/aws/service/*"
    queue = ("DeleteMessage", "GetQueueUrl", "ReceiveMessage")
    return [
        allow([f"ec2:Describe{what}" for what in listing], ["*"], region),
        allow(("pricing:GetProducts", "iam:ListInstanceProfiles"), ["*"]),
        allow(("ssm:GetParameter",), [images]),
        allow(("eks:DescribeCluster",), [arn(args.site, "eks", f"cluster/{cluster}")]),
        allow([f"sqs:{what}" for what in queue], [arn(args.site, "sqs", queue_name(cluster))]),
    ]


def queue_name(cluster: str) -> str:
    """The queue of notices that nodes will be taken away."""
    return fitted(f"{cluster}-interruptions", _QUEUE)
