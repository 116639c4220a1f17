"""Calls that a person has to hear of at once."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.notices import Notices


@dataclass(frozen=True)
class Alarm:
    """Events of the trail that match, and how many of them within five minutes are too many."""

    part: str
    pattern: str
    too_many: int
    why: str


ALARMS = (
    Alarm(
        "root",
        '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS '
        '&& $.eventType != "AwsServiceEvent" }',
        1,
        "Somebody uses the account's root user.",
    ),
    Alarm(
        "refused",
        '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
        10,
        "Calls are refused again and again: somebody tries doors, or a grant is missing.",
    ),
    Alarm(
        "keys",
        "{ $.eventSource = kms.amazonaws.com && "
        "(($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }",
        1,
        "A key is disabled or to be deleted, and with it all that it encrypts.",
    ),
    Alarm(
        "trail",
        "{ ($.eventName = StopLogging) || ($.eventName = DeleteTrail) "
        "|| ($.eventName = UpdateTrail) || ($.eventName = PutEventSelectors) }",
        1,
        "The record of who did what is changed or stopped.",
    ),
)
"""Patterns after CIS AWS Foundations Benchmark v3.0, section 4."""


def alarm(
    parent: pulumi.Resource,
    name: str,
    context: Context,
    group: pulumi.Input[str],
    notices: Notices,
    what: Alarm,
) -> None:
    """Count the events that match, and tell when there are too many."""
    metric, namespace = f"{context.scope}-{what.part}", "Modelyard/Audit"
    inputs = {
        "name": metric,
        "logGroupName": group,
        "pattern": what.pattern,
        "metricTransformation": {"name": metric, "namespace": namespace, "value": "1"},
    }
    CloudResource(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        f"{name}-{what.part}",
        inputs,
        pulumi.ResourceOptions(parent=parent),
        outputs={},
    )
    settings = {
        "alarmDescription": what.why,
        "metricName": metric,
        "namespace": namespace,
        "statistic": "Sum",
        "period": 300,
        "evaluationPeriods": 1,
        "threshold": what.too_many,
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
    }
    notices.alarm(f"audit-{what.part}", settings)
