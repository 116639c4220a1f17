"""Rules of EventBridge, and where they send what matches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.objects.cloud import CloudResource

RULE = 64
"""Most characters of a rule's name; source: EventBridge API reference, PutRule."""


def event_rule(
    parent: pulumi.Resource, name: str, called: str, pattern: Mapping[str, Any]
) -> CloudResource:
    """A rule for the events that match; `called` is its name on AWS."""
    inputs = {"name": called, "eventPattern": pulumi.Output.json_dumps(pattern)}
    options = pulumi.ResourceOptions(parent=parent)
    return CloudResource("aws:cloudwatch/eventRule:EventRule", name, inputs, options)


def send(
    parent: pulumi.Resource, name: str, rule: CloudResource, to: CloudResource, **more: Any
) -> None:
    """Send what a rule matches to a topic, a queue or a pipeline; `more` is what that one needs."""
    inputs = {"rule": rule["name"], "arn": to["arn"], **more}
    options = pulumi.ResourceOptions(parent=parent)
    CloudResource("aws:cloudwatch/eventTarget:EventTarget", name, inputs, options, outputs={})
