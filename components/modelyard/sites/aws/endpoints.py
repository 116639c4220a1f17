"""Ways to AWS's own services that never leave the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import bucket_arn
from modelyard.sites.aws.policies import Statement, allow, document
from modelyard.sites.aws.security_group import from_network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelyard.blueprint.site import AwsSite
    from modelyard.sites.aws.vpc import AwsVpc, AwsVpcArgs

GATEWAYS = ("s3", "dynamodb")
"""Free of charge, and so always there."""
INTERFACES = (
    "autoscaling",
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "eks-auth",
    "elasticloadbalancing",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "sqs",
    "ssm",
    "sts",
)
"""What nodes and operators ask; source: EKS user guide, private clusters, read 2026-11-25.

They cost by the hour and zone, so they are there where there is no other way out.
"""
_LAYERS = "prod-{region}-starport-layer-bucket"
"""Where ECR keeps the layers of images; source: ECR user guide, interface endpoints."""


class Endpoints:
    """The endpoints of one network; each lets in the account's own identities alone."""

    def __init__(
        self,
        parent: pulumi.Resource,
        name: str,
        args: AwsVpcArgs,
        vpc: AwsVpc,
        tables: Sequence[pulumi.Input[str]],
    ) -> None:
        self._name, self._args, self._vpc = name, args, vpc
        self._parent = parent
        self._options = pulumi.ResourceOptions(parent=parent)
        for service in GATEWAYS:
            self._endpoint(service, {"vpcEndpointType": "Gateway", "routeTableIds": list(tables)})
        if args.site.network.nat == "none":
            self._interfaces()

    def _interfaces(self) -> None:
        group = self._security_group()
        for service in sorted({*INTERFACES, *self._args.site_plan.endpoints}):
            inputs = {
                "vpcEndpointType": "Interface",
                "privateDnsEnabled": True,
                "subnetIds": self._vpc.private_subnets,
                "securityGroupIds": [group.id],
            }
            self._endpoint(service, inputs)

    def _security_group(self) -> CloudResource:
        """HTTPS from inside the network."""
        scope = self._args.context.scope
        group = CloudResource(
            "aws:ec2/securityGroup:SecurityGroup",
            f"{self._name}-endpoints",
            {
                "name": f"{scope}-endpoints",
                "description": "AWS's services, from inside the network",
                "vpcId": self._vpc.id,
            },
            self._options,
            outputs={},
        )
        from_network(self._parent, f"{self._name}-endpoints", group.id, self._vpc.cidr)
        return group

    def _endpoint(self, service: str, inputs: dict[str, Any]) -> None:
        name = f"{self._name}-{service.replace('.', '-')}"
        common = {
            "vpcId": self._vpc.id,
            "serviceName": f"com.amazonaws.{self._args.site.region}.{service}",
            "policy": _policy(self._args.site, service),
            "tags": {"Name": f"{self._args.context.scope}-{service}"},
        }
        CloudResource(
            "aws:ec2/vpcEndpoint:VpcEndpoint", name, {**common, **inputs}, self._options, outputs={}
        )


def _policy(site: AwsSite, service: str) -> pulumi.Output[str]:
    """Who may go this way; in S3 also to the layers of images, by addresses that ECR signs."""
    layers = allow(["s3:GetObject"], [bucket_arn(site, _LAYERS.format(region=site.region), "*")])
    further = [{**layers, "Principal": {"AWS": "*"}}] if service == "s3" else []
    return document(_own_identities(site.account), *further)


def _own_identities(account: str) -> Statement:
    """Whatever they may do by their own policies; stolen credentials of others may do nothing."""
    return {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": account}},
    }
