"""The month's bill against the blueprint's budget, and the quotas of the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.access import Budget as Limits
from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.budget import BudgetArgs
from modelyard.contracts.kms import Kms
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.account import tag_value
from modelyard.sites.aws.names import partition
from modelyard.sites.aws.notices import Notices
from modelyard.sites.kubernetes.budget import Quotas

TAG = "app.kubernetes.io/part-of"
"""By this tag the bill is divided; it has to be activated once as a cost allocation tag."""


@dataclass(frozen=True, kw_only=True)
class AwsBudgetArgs(BudgetArgs):
    site: AwsSite
    account: Account
    kms: Kms


class AwsBudget(pulumi.ComponentResource):
    """A budget of what bears the platform's tag, told of at each share of it.

    The owner gets a mail from AWS Budgets itself, which nobody has to agree to first; the topic is
    for whoever else wants to know. What the cluster may ask for is limited inside it.
    """

    def __init__(
        self, name: str, args: AwsBudgetArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:budget:AwsBudget", name, None, opts)
        Quotas(f"{name}-inside", args, pulumi.ResourceOptions(parent=self))
        if args.limits is not None:
            _watch(self, name, args, args.limits)
        self.register_outputs({"tag": TAG})


def _watch(parent: pulumi.Resource, name: str, args: AwsBudgetArgs, limits: Limits) -> None:
    account = f"arn:{partition(args.site.region)}:budgets::{args.site.account}:*"
    notices = Notices(
        parent,
        f"{name}-notices",
        args.context,
        args.site,
        args.kms,
        called="budget",
        sources={"budgets": account},
        mail=False,
    )
    inputs = _budget(args, limits, notices.arn)
    options = pulumi.ResourceOptions(parent=parent, depends_on=[notices.policy])
    CloudResource("aws:budgets/budget:Budget", name, inputs, options, outputs={})


def _budget(args: AwsBudgetArgs, limits: Limits, topic: pulumi.Input[str]) -> Mapping[str, Any]:
    platform = tag_value(args.context.platform)
    told = [_told(args, topic, "ACTUAL", share) for share in sorted(set(limits.alert_at))]
    return {
        "name": args.context.scope,
        "budgetType": "COST",
        "timeUnit": "MONTHLY",
        "limitAmount": f"{limits.monthly_usd:.2f}",
        "limitUnit": "USD",
        "costFilters": [{"name": "TagKeyValue", "values": [f"user:{TAG}${platform}"]}],
        # The whole of it is said while there is still time to do something.
        "notifications": [*told, _told(args, topic, "FORECASTED", 1.0)],
    }


def _told(
    args: AwsBudgetArgs, topic: pulumi.Input[str], kind: str, share: float
) -> Mapping[str, Any]:
    return {
        "notificationType": kind,
        "comparisonOperator": "GREATER_THAN",
        "threshold": round(100 * share, 2),
        "thresholdType": "PERCENTAGE",
        "subscriberEmailAddresses": [args.context.tags.owner],
        "subscriberSnsTopicArns": [topic],
    }
