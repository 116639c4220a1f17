"""Who talked to whom in the network, kept for a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.logs import log_group, own_group
from modelyard.sites.aws.names import arn
from modelyard.sites.aws.policies import allow
from modelyard.sites.aws.roles import service_role

if TYPE_CHECKING:
    from modelyard.sites.aws.vpc import AwsVpc, AwsVpcArgs


def flow_logs(parent: AwsVpc, name: str, args: AwsVpcArgs, vpc: CloudResource) -> None:
    """All traffic, accepted and refused."""
    called = own_group(args.context, "flow-logs")
    options = pulumi.ResourceOptions(parent=parent)
    group = log_group(parent, f"{name}-flow-logs", args.kms, called)
    writing = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
    role = service_role(
        parent,
        f"{name}-flow-logs",
        args.context,
        args.site,
        service="vpc-flow-logs.amazonaws.com",
        called=("flow-logs",),
        statements=[allow(writing, [arn(args.site, "logs", f"log-group:{called}:*")])],
    )
    inputs = {
        "vpcId": vpc.id,
        "trafficType": "ALL",
        "logDestinationType": "cloud-watch-logs",
        "logDestination": group["arn"],
        "iamRoleArn": role["arn"],
        "maxAggregationInterval": 60,
    }
    CloudResource("aws:ec2/flowLog:FlowLog", f"{name}-flow-logs", inputs, options, outputs={})
