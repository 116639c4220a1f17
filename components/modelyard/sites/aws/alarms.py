"""CloudWatch alarms of one resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.plan.naming import fitted

_COMPARED = {">": "GreaterThanThreshold", "<": "LessThanThreshold"}
_MINUTES = 5
_MOST = 255


@dataclass(frozen=True)
class Alarm:
    """When a metric is what it should not be, for so long."""

    part: str
    metric: str
    compared: str
    threshold: float
    statistic: str = "Average"
    minutes: int = _MINUTES
    missing: str = "missing"
    """What is made of minutes without a value: `breaching`, `notBreaching`, `ignore`, `missing`."""


class Alarms:
    """Makes the alarms of one resource, told apart by its dimensions."""

    def __init__(
        self,
        parent: pulumi.Resource,
        name: str,
        context: Context,
        namespace: str,
        dimensions: Mapping[str, pulumi.Input[str]],
        topics: Sequence[pulumi.Input[str]] = (),
    ) -> None:
        self._parent, self._name, self._context = parent, name, context
        self._namespace, self._dimensions, self._topics = namespace, dimensions, topics

    def add(self, alarm: Alarm) -> CloudResource:
        """An alarm; it is sent to the topics, and seen in CloudWatch without any."""
        kind = self._name.removeprefix(f"{self._context.platform}-")
        inputs = {
            "name": fitted(f"{self._context.scope}-{kind}-{alarm.part}", _MOST),
            "namespace": self._namespace,
            "metricName": alarm.metric,
            "dimensions": dict(self._dimensions),
            "comparisonOperator": _COMPARED[alarm.compared],
            "threshold": float(alarm.threshold),
            "statistic": alarm.statistic,
            "period": _MINUTES * 60,
            "evaluationPeriods": max(1, alarm.minutes // _MINUTES),
            "treatMissingData": alarm.missing,
            "alarmActions": list(self._topics) or None,
            "okActions": list(self._topics) or None,
        }
        options = pulumi.ResourceOptions(parent=self._parent)
        token = "aws:cloudwatch/metricAlarm:MetricAlarm"
        return CloudResource(token, f"{self._name}-{alarm.part}", inputs, options)
