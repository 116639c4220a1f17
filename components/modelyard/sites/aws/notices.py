"""Where the account says that something is wrong: an encrypted topic, and a mail to the owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.context import Context
from modelyard.contracts.kms import Kms
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.events import RULE, event_rule, send
from modelyard.sites.aws.names import arn, scoped
from modelyard.sites.aws.policies import Statement, only_by_tls
from modelyard.sites.aws.topics import TOPIC, Topic, make_topic

ALARM = 255
"""Most characters of an alarm's name; source: CloudWatch API reference, PutMetricAlarm."""


class Notices:
    """A topic that alarms and rules of this account publish to.

    `sources` are other services that publish instead, each with what it acts for, as an ARN; with
    `mail` false the owner hears by another way, and the topic is for whoever subscribes to it.
    """

    def __init__(
        self,
        parent: pulumi.Resource,
        name: str,
        context: Context,
        site: AwsSite,
        kms: Kms,
        *,
        called: str,
        sources: Mapping[str, str] | None = None,
        mail: bool = True,
    ) -> None:
        self._parent, self._name, self._context = parent, name, context
        title = scoped(context, called, most=TOPIC)
        statements = _statements(site, title, sources or _sources(site))
        topic = Topic(called=title, statements=statements, mail=mail)
        self._topic, self.policy = make_topic(parent, name, context, kms, topic)
        self.arn = self._topic["arn"]

    def events(self, part: str, pattern: Mapping[str, Any]) -> None:
        """Pass on the events that match."""
        name = f"{self._name}-{part}"
        title = scoped(self._context, part, most=RULE)
        rule = event_rule(self._parent, name, title, pattern)
        send(self._parent, name, rule, self._topic)

    def alarm(self, part: str, settings: Mapping[str, Any]) -> None:
        """Tell when a metric leaves its bounds."""
        inputs = {
            "name": scoped(self._context, part, most=ALARM),
            "treatMissingData": "notBreaching",
            "alarmActions": [self.arn],
            **settings,
        }
        token = "aws:cloudwatch/metricAlarm:MetricAlarm"
        options = pulumi.ResourceOptions(parent=self._parent)
        CloudResource(token, f"{self._name}-{part}", inputs, options, outputs={})


def _sources(site: AwsSite) -> Mapping[str, str]:
    """Alarms and rules of this account."""
    return {
        "cloudwatch": arn(site, "cloudwatch", "alarm:*"),
        "events": arn(site, "events", "rule/*"),
    }


def _statements(site: AwsSite, title: str, sources: Mapping[str, str]) -> list[Statement]:
    """These services alone, each for its own things, and over TLS."""
    allowed = (_publishing(site, title, who, source) for who, source in sources.items())
    return [only_by_tls("sns:Publish", arn(site, "sns", title)), *allowed]


def _publishing(site: AwsSite, title: str, service: str, source: str) -> Statement:
    return {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": arn(site, "sns", title),
        "Condition": {"ArnLike": {"aws:SourceArn": source}},
    }
