"""Notices that a node will be taken away: from EC2 into a queue that Karpenter reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.plan.naming import fitted
from modelyard.sites.aws.events import RULE, event_rule, send
from modelyard.sites.aws.karpenter_policy import queue_name
from modelyard.sites.aws.policies import document, only_by_tls

if TYPE_CHECKING:
    from modelyard.sites.aws.cluster import EksArgs

NOTICES: Mapping[str, Mapping[str, Any]] = {
    "capacity": {
        "source": ["aws.ec2"],
        "detail-type": ["EC2 Capacity Reservation Instance Interruption Warning"],
    },
    "health": {"source": ["aws.health"], "detail-type": ["AWS Health Event"]},
    "rebalance": {
        "source": ["aws.ec2"],
        "detail-type": ["EC2 Instance Rebalance Recommendation"],
    },
    "spot": {"source": ["aws.ec2"], "detail-type": ["EC2 Spot Instance Interruption Warning"]},
    "state": {
        "source": ["aws.ec2"],
        "detail-type": ["EC2 Instance State-change Notification"],
    },
}
"""Source: Karpenter 1.14, reference, CloudFormation."""


def interruptions(parent: pulumi.Resource, name: str, called: str, args: EksArgs) -> CloudResource:
    """The queue and what fills it."""
    options = pulumi.ResourceOptions(parent=parent)
    queue = CloudResource(
        "aws:sqs/queue:Queue",
        f"{name}-interruptions",
        {
            "name": queue_name(called),
            "messageRetentionSeconds": 300,
            "sqsManagedSseEnabled": True,
        },
        options,
    )
    CloudResource(
        "aws:sqs/queuePolicy:QueuePolicy",
        f"{name}-interruptions",
        {"queueUrl": queue.id, "policy": _policy(queue, args)},
        options,
        outputs={},
    )
    for notice, pattern in NOTICES.items():
        title = fitted(f"{called}-{notice}", RULE)
        rule = event_rule(parent, f"{name}-{notice}", title, pattern)
        send(parent, f"{name}-{notice}", rule, queue, targetId="karpenter")
    return queue


def _policy(queue: CloudResource, args: EksArgs) -> pulumi.Output[str]:
    """EventBridge of this account writes; nobody does so in the clear."""
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue["arn"],
            "Condition": {"StringEquals": {"aws:SourceAccount": args.site.account}},
        },
        only_by_tls("sqs:*", queue["arn"]),
    )
