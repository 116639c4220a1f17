"""Managed Grafana: dashboards for people whom IAM Identity Center knows, inside the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import scoped
from modelyard.sites.aws.policies import Statement, allow
from modelyard.sites.aws.private_service import PrivateService
from modelyard.sites.aws.roles import service_role

if TYPE_CHECKING:
    from modelyard.sites.aws.services.prometheus import ManagedArgs

NAME = 255
_READING = ("GetLabels", "GetMetricMetadata", "GetSeries", "QueryMetrics")


def grafana(
    parent: pulumi.Resource, name: str, args: ManagedArgs, prometheus: pulumi.Input[str]
) -> None:
    """A workspace that reads one workspace of Prometheus, and is reached through an endpoint."""
    role = service_role(
        parent,
        f"{name}-grafana",
        args.context,
        args.site,
        service="grafana.amazonaws.com",
        called=("grafana",),
        statements=_reading(prometheus),
    )
    inputs = {
        "name": scoped(args.context, most=NAME),
        "description": f"Dashboards of {args.context.scope}",
        "accountAccessType": "CURRENT_ACCOUNT",
        "authenticationProviders": ["AWS_SSO"],
        "permissionType": "CUSTOMER_MANAGED",
        "dataSources": ["PROMETHEUS"],
        "kmsKeyId": args.kms.key(Encrypts.LOGS),
        "networkAccessControl": {
            "prefixListIds": [],
            "vpceIds": [_endpoint(parent, name, args).id],
        },
        "roleArn": role["arn"],
    }
    options = pulumi.ResourceOptions(parent=parent)
    token = "aws:grafana/workspace:Workspace"
    CloudResource(token, f"{name}-grafana", inputs, options, outputs={})


def _reading(prometheus: pulumi.Input[str]) -> list[Statement]:
    """Source: Managed Grafana user guide, permissions for Managed Prometheus."""
    return [
        allow([f"aps:{it}" for it in _READING], [prometheus]),
        allow(["aps:ListWorkspaces"], ["*"]),
    ]


def _endpoint(parent: pulumi.Resource, name: str, args: ManagedArgs) -> CloudResource:
    """The only way to the workspace: from inside the network, and from what is joined to it."""
    place = PrivateService(parent, name, args.context, args.vpc, "grafana")
    group = place.opened_to_network("Grafana, from the network")
    options = pulumi.ResourceOptions(parent=parent)
    inputs = {
        "vpcId": args.vpc.id,
        "serviceName": f"com.amazonaws.{args.site.region}.grafana-workspace",
        "vpcEndpointType": "Interface",
        "privateDnsEnabled": True,
        "subnetIds": list(args.vpc.private_subnets),
        "securityGroupIds": [group.id],
    }
    token = "aws:ec2/vpcEndpoint:VpcEndpoint"
    return CloudResource(token, f"{name}-grafana", inputs, options, outputs={})
