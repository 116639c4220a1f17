"""What the operators in a cluster may do in its account, each through its own service account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from modelyard.catalog.operators import operator
from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.karpenter_policy import karpenter
from modelyard.sites.aws.names import arn, bucket_arn, bucket_name, domain
from modelyard.sites.aws.policies import Statement, allow
from modelyard.sites.aws.roles import Role, grant, role
from modelyard.sites.aws.trust import pod_trust

if TYPE_CHECKING:
    from modelyard.sites.aws.cluster import EksArgs


@dataclass(frozen=True)
class Asking:
    """An operator's service account, and what it may do."""

    account: str
    statements: Callable[[EksArgs, str], Sequence[Statement]]
    """Of the site's arguments and the cluster's name."""
    namespace: str | None = None
    """That of the operator when left out."""


def _secrets(args: EksArgs, cluster: str) -> Sequence[Statement]:
    """Reads the secrets of this platform, and decrypts with their key."""
    where = arn(args.site, "secretsmanager", f"secret:{args.context.scope}/*")
    reading = ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
    return [allow(reading, [where]), _decrypt(args, "secretsmanager")]


def _decrypt(args: EksArgs, service: str) -> Statement:
    via = {
        "StringEquals": {
            "kms:ViaService": f"{service}.{args.site.region}.{domain(args.site.region)}"
        }
    }
    return allow(("kms:Decrypt",), [args.kms.key(Encrypts.SECRETS)], via)


def _targets(args: EksArgs, cluster: str) -> Sequence[Statement]:
    """Puts pods behind the platform's own load balancers, and looks at what there is.

    Looking cannot be narrowed to single resources; source: service authorization reference.
    """
    groups = arn(args.site, "elasticloadbalancing", f"targetgroup/{args.context.scope[:20]}*/*")
    registering = ("DeregisterTargets", "ModifyTargetGroup", "RegisterTargets")
    looking = (
        *(f"ec2:Describe{what}" for what in _PLACES),
        *(f"elasticloadbalancing:Describe{what}" for what in _BALANCERS),
    )
    return [
        allow([f"elasticloadbalancing:{what}" for what in registering], [groups]),
        allow(looking, ["*"]),
    ]


_PLACES = (
    "AvailabilityZones",
    "Instances",
    "NetworkInterfaces",
    "SecurityGroups",
    "Subnets",
    "Vpcs",
)
_BALANCERS = ("TargetGroupAttributes", "TargetGroups", "TargetHealth")


def _runs(args: EksArgs, cluster: str) -> Sequence[Statement]:
    """Shows the logs of finished runs."""
    bucket = args.site.object_store.attach
    called = bucket.bucket if bucket else bucket_name(args.context, args.site, "artifacts")
    return [
        allow(("s3:GetObject",), [bucket_arn(args.site, called, "workflows/*")]),
        allow(("kms:Decrypt",), [args.kms.key(Encrypts.DATA)]),
    ]


def _volumes(args: EksArgs, cluster: str) -> Sequence[Statement]:
    """Encrypts volumes with the platform's key; the rest is in AWS's own policy for the driver."""
    using = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext")
    key = [args.kms.key(Encrypts.DATA)]
    grants = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [allow(using, key), allow(("kms:CreateGrant",), key, grants)]


ASKING: Mapping[str, Asking] = {
    "external-secrets": Asking("external-secrets", _secrets),
    "karpenter": Asking("karpenter", karpenter),
    "aws-load-balancer-controller": Asking("aws-load-balancer-controller", _targets),
    "argo-workflows": Asking("argo-workflows-server", _runs),
}
"""By operator. The names of service accounts are those of their charts."""
DRIVER = Asking("ebs-csi-controller-sa", _volumes, "kube-system")
_DRIVER_POLICY = "service-role/AmazonEBSCSIDriverPolicy"


def operator_roles(
    parent: pulumi.Resource, name: str, called: str, cluster: CloudResource, args: EksArgs
) -> Mapping[str, Role]:
    """A role for each operator that asks AWS for anything, and for the driver of volumes."""
    wanted = {id: ASKING[id] for id in args.site_plan.operators if id in ASKING}
    every = {**wanted, "aws-ebs-csi-driver": DRIVER}
    return {
        id: _role(parent, name, called, cluster, args, id, asking) for id, asking in every.items()
    }


def _role(
    parent: pulumi.Resource,
    name: str,
    called: str,
    cluster: CloudResource,
    args: EksArgs,
    id: str,
    asking: Asking,
) -> Role:
    namespace = asking.namespace or operator(id).namespace
    made = role(
        parent,
        f"{name}-{id}",
        args.context,
        args.site,
        called=("operator", id),
        trust=pod_trust(args.site, called, namespace, asking.account),
        managed=(_DRIVER_POLICY,) if asking is DRIVER else (),
    )
    made.policies.append(grant(parent, f"{name}-{id}", made, asking.statements(args, called)))
    association = {
        "clusterName": cluster["name"],
        "namespace": namespace,
        "serviceAccount": asking.account,
        "roleArn": made["arn"],
    }
    options = pulumi.ResourceOptions(parent=parent, deleted_with=cluster)
    made.policies.append(
        CloudResource(
            "aws:eks/podIdentityAssociation:PodIdentityAssociation",
            f"{name}-{id}",
            association,
            options,
            outputs={},
        )
    )
    return made
