"""Where managed Prometheus tells of alerts: an encrypted topic, and a mail to the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import arn, scoped
from modelyard.sites.aws.notices import TOPIC
from modelyard.sites.aws.policies import document

if TYPE_CHECKING:
    from modelyard.sites.aws.services.prometheus import ManagedArgs


def alert_topic(
    parent: pulumi.Resource, name: str, args: ManagedArgs, workspace: pulumi.Input[str]
) -> CloudResource:
    """A topic that one workspace publishes to; source: AMP user guide, alert receivers."""
    options = pulumi.ResourceOptions(parent=parent)
    title = scoped(args.context, "metrics", most=TOPIC)
    inputs = {"name": title, "kmsMasterKeyId": args.kms.key(Encrypts.LOGS)}
    topic = CloudResource("aws:sns/topic:Topic", name, inputs, options)
    place = arn(args.site, "sns", title)
    publishing = {
        "Effect": "Allow",
        "Principal": {"Service": "aps.amazonaws.com"},
        "Action": ["sns:GetTopicAttributes", "sns:Publish"],
        "Resource": place,
        "Condition": {
            "ArnEquals": {"aws:SourceArn": workspace},
            "StringEquals": {"aws:SourceAccount": args.site.account},
        },
    }
    clear = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "sns:Publish",
        "Resource": place,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {"arn": topic["arn"], "policy": document(clear, publishing)}
    CloudResource("aws:sns/topicPolicy:TopicPolicy", name, policy, options, outputs={})
    if "@" in (owner := args.context.tags.owner):
        mail = {"topic": topic["arn"], "protocol": "email", "endpoint": owner}
        token = "aws:sns/topicSubscription:TopicSubscription"
        CloudResource(token, f"{name}-owner", mail, options, outputs={})
    return topic
