"""An encrypted topic for each part that has something to say, and the alarms that say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import arn, scoped
from modelyard.sites.aws.policies import document
from modelyard.sites.aws.sagemaker.args import SageMakerArgs

TOPIC, RULE, ALARM = 256, 64, 255
"""Most characters of each kind of name."""


def topic(
    parent: pulumi.Resource,
    name: str,
    args: SageMakerArgs,
    *called: str,
    publishers: tuple[str, ...] = ("cloudwatch", "events"),
) -> CloudResource:
    """A topic that these services may publish to; the owner of the platform is told by mail."""
    options = pulumi.ResourceOptions(parent=parent)
    title = scoped(args.context, *called, most=TOPIC)
    inputs = {"name": title, "kmsMasterKeyId": args.kms.key(Encrypts.LOGS)}
    made = CloudResource("aws:sns/topic:Topic", name, inputs, options)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": [f"{service}.amazonaws.com" for service in publishers]},
        "Action": "sns:Publish",
        "Resource": arn(args.site, "sns", title),
        # By whose alarm or rule it comes: EventBridge is not known to say which account.
        "Condition": {"ArnLike": {"aws:SourceArn": arn(args.site, "*", "*")}},
    }
    policy = {"arn": made["arn"], "policy": document(statement)}
    CloudResource("aws:sns/topicPolicy:TopicPolicy", name, policy, options, outputs={})
    if "@" in (owner := args.context.tags.owner):
        mail = {"topic": made["arn"], "protocol": "email", "endpoint": owner}
        token = "aws:sns/topicSubscription:TopicSubscription"
        CloudResource(token, f"{name}-owner", mail, options, outputs={})
    return made


def alarm(
    parent: pulumi.Resource,
    name: str,
    args: SageMakerArgs,
    to: CloudResource,
    *called: str,
    **settings: Any,
) -> str:
    """An alarm; the name that it has on AWS comes back, for those that follow it."""
    title = scoped(args.context, *called, most=ALARM)
    inputs = {
        "name": title,
        "evaluationPeriods": 3,
        "datapointsToAlarm": 2,
        "period": 60,
        "comparisonOperator": "GreaterThanThreshold",
        "treatMissingData": "notBreaching",
        "alarmActions": [to["arn"]],
        "okActions": [to["arn"]],
        **settings,
    }
    options = pulumi.ResourceOptions(parent=parent)
    CloudResource("aws:cloudwatch/metricAlarm:MetricAlarm", name, inputs, options, outputs={})
    return title


def told(
    parent: pulumi.Resource,
    name: str,
    args: SageMakerArgs,
    to: CloudResource,
    *called: str,
    event: Mapping[str, Any],
) -> CloudResource:
    """A rule that passes events of SageMaker on to a topic."""
    options = pulumi.ResourceOptions(parent=parent)
    rule = event_rule(parent, name, args, *called, event=event)
    target = {"rule": rule["name"], "arn": to["arn"]}
    token = "aws:cloudwatch/eventTarget:EventTarget"
    CloudResource(token, f"{name}-topic", target, options, outputs={})
    return rule


def event_rule(
    parent: pulumi.Resource, name: str, args: SageMakerArgs, *called: str, event: Mapping[str, Any]
) -> CloudResource:
    """A rule for events of SageMaker; `event` is the pattern without its source."""
    inputs = {
        "name": scoped(args.context, *called, most=RULE),
        "eventPattern": pulumi.Output.json_dumps({"source": ["aws.sagemaker"], **event}),
    }
    shape = {"arn": str, "name": str}
    options = pulumi.ResourceOptions(parent=parent)
    return CloudResource("aws:cloudwatch/eventRule:EventRule", name, inputs, options, outputs=shape)
