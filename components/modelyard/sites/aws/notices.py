"""Where the account says that something is wrong: an encrypted topic, and a mail to the owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.context import Context
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import arn, scoped
from modelyard.sites.aws.policies import Statement, document

TOPIC, RULE, ALARM = 256, 64, 255
"""Most characters of each kind of name; source: the services' API references."""


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
        self._name, self._context = name, context
        self._options = pulumi.ResourceOptions(parent=parent)
        title = scoped(context, called, most=TOPIC)
        inputs = {"name": title, "kmsMasterKeyId": kms.key(Encrypts.LOGS)}
        self._topic = CloudResource("aws:sns/topic:Topic", name, inputs, self._options)
        self.arn = self._topic["arn"]
        policy = _policy(site, self._topic, title, sources or _sources(site))
        self.policy = self._add("aws:sns/topicPolicy:TopicPolicy", name, policy)
        if mail and "@" in (owner := context.tags.owner):
            to = {"topic": self.arn, "protocol": "email", "endpoint": owner}
            self._add("aws:sns/topicSubscription:TopicSubscription", f"{name}-owner", to)

    def events(self, part: str, pattern: Mapping[str, Any]) -> None:
        """Pass on the events that match."""
        name = f"{self._name}-{part}"
        title = scoped(self._context, part, most=RULE)
        inputs = {"name": title, "eventPattern": pulumi.Output.json_dumps(pattern)}
        rule = CloudResource(
            "aws:cloudwatch/eventRule:EventRule", name, inputs, self._options, outputs={"name": str}
        )
        target = {"rule": rule["name"], "arn": self.arn}
        self._add("aws:cloudwatch/eventTarget:EventTarget", name, target)

    def alarm(self, part: str, settings: Mapping[str, Any]) -> None:
        """Tell when a metric leaves its bounds."""
        inputs = {
            "name": scoped(self._context, part, most=ALARM),
            "treatMissingData": "notBreaching",
            "alarmActions": [self.arn],
            **settings,
        }
        self._add("aws:cloudwatch/metricAlarm:MetricAlarm", f"{self._name}-{part}", inputs)

    def _add(self, token: str, name: str, inputs: Mapping[str, Any]) -> CloudResource:
        return CloudResource(token, name, inputs, self._options, outputs={})


def _sources(site: AwsSite) -> Mapping[str, str]:
    """Alarms and rules of this account."""
    return {
        "cloudwatch": arn(site, "cloudwatch", "alarm:*"),
        "events": arn(site, "events", "rule/*"),
    }


def _policy(
    site: AwsSite, topic: CloudResource, title: str, sources: Mapping[str, str]
) -> Mapping[str, Any]:
    """These services alone, each for its own things, and over TLS."""
    clear = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "sns:Publish",
        "Resource": arn(site, "sns", title),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    allowed = (_publishing(site, title, who, source) for who, source in sources.items())
    return {"arn": topic["arn"], "policy": document(clear, *allowed)}


def _publishing(site: AwsSite, title: str, service: str, source: str) -> Statement:
    return {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": arn(site, "sns", title),
        "Condition": {"ArnLike": {"aws:SourceArn": source}},
    }
