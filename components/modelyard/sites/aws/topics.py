"""Encrypted topics, of which the owner of the platform is told by mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from modelyard.contracts.context import Context
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.policies import Statement, document

TOPIC = 256
"""Most characters of a topic's name; source: SNS API reference, CreateTopic."""


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What one topic is to be like."""

    called: str
    """Its name on AWS."""
    statements: Sequence[Statement]
    """Who may publish to it, and how."""
    mail: bool = True
    """Whether the owner hears of what is published."""


def make_topic(
    parent: pulumi.Resource, name: str, context: Context, kms: Kms, topic: Topic
) -> tuple[CloudResource, CloudResource]:
    """The topic, and the policy without which nobody publishes to it."""
    options = pulumi.ResourceOptions(parent=parent)
    inputs = {"name": topic.called, "kmsMasterKeyId": kms.key(Encrypts.LOGS)}
    made = CloudResource("aws:sns/topic:Topic", name, inputs, options)
    allowed = {"arn": made["arn"], "policy": document(*topic.statements)}
    policy = CloudResource("aws:sns/topicPolicy:TopicPolicy", name, allowed, options, outputs={})
    if topic.mail and "@" in (owner := context.tags.owner):
        to = {"topic": made["arn"], "protocol": "email", "endpoint": owner}
        token = "aws:sns/topicSubscription:TopicSubscription"
        CloudResource(token, f"{name}-owner", to, options, outputs={})
    return made, policy
