"""An encrypted topic for each part that has something to say, and the alarms that say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.events import RULE, event_rule, send
from modelyard.sites.aws.names import arn, scoped
from modelyard.sites.aws.notices import ALARM
from modelyard.sites.aws.sagemaker.args import SageMakerArgs
from modelyard.sites.aws.topics import TOPIC, Topic, make_topic


def topic(
    parent: pulumi.Resource,
    name: str,
    args: SageMakerArgs,
    *called: str,
    publishers: tuple[str, ...] = ("cloudwatch", "events"),
) -> CloudResource:
    """A topic that these services may publish to; the owner of the platform is told by mail."""
    title = scoped(args.context, *called, most=TOPIC)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": [f"{service}.amazonaws.com" for service in publishers]},
        "Action": "sns:Publish",
        "Resource": arn(args.site, "sns", title),
        # By whose alarm or rule it comes: EventBridge is not known to say which account.
        "Condition": {"ArnLike": {"aws:SourceArn": arn(args.site, "*", "*")}},
    }
    whole = Topic(called=title, statements=[statement])
    made, _ = make_topic(parent, name, args.context, args.kms, whole)
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
    """A rule that passes events of SageMaker on to a topic; `event` is without its source."""
    pattern = {"source": ["aws.sagemaker"], **event}
    rule = event_rule(parent, name, scoped(args.context, *called, most=RULE), pattern)
    send(parent, f"{name}-topic", rule, to)
    return rule
