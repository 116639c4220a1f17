"""Where managed Prometheus tells of alerts: an encrypted topic, and a mail to the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import arn, scoped
from modelyard.sites.aws.policies import only_by_tls
from modelyard.sites.aws.topics import TOPIC, Topic, make_topic

if TYPE_CHECKING:
    from modelyard.sites.aws.services.prometheus import ManagedArgs


def alert_topic(
    parent: pulumi.Resource, name: str, args: ManagedArgs, workspace: pulumi.Input[str]
) -> CloudResource:
    """A topic that one workspace publishes to; source: AMP user guide, alert receivers."""
    title = scoped(args.context, "metrics", most=TOPIC)
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
    statements = [only_by_tls("sns:Publish", place), publishing]
    topic = Topic(called=title, statements=statements)
    made, _ = make_topic(parent, name, args.context, args.kms, topic)
    return made
