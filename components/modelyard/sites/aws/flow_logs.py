"""Who talked to whom in the network, kept for a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import arn
from modelyard.sites.aws.policies import allow
from modelyard.sites.aws.roles import service_role

if TYPE_CHECKING:
    from modelyard.sites.aws.vpc import AwsVpc, AwsVpcArgs

RETENTION = 365
"""Days; the least that CIS and PCI DSS ask of logs."""


def flow_logs(parent: AwsVpc, name: str, args: AwsVpcArgs, vpc: CloudResource) -> None:
    """All traffic, accepted and refused."""
    called = f"/modelyard/{args.context.scope}/flow-logs"
    options = pulumi.ResourceOptions(parent=parent)
    group = CloudResource(
        "aws:cloudwatch/logGroup:LogGroup",
        f"{name}-flow-logs",
        {"name": called, "retentionInDays": RETENTION, "kmsKeyId": parent.key},
        options,
    )
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
