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
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.account import tag_value
from modelyard.sites.kubernetes.budget import OpenCost

TAG = "app.kubernetes.io/part-of"
"""By this tag the bill is divided; it has to be activated once as a cost allocation tag."""


@dataclass(frozen=True, kw_only=True)
class AwsBudgetArgs(BudgetArgs):
    site: AwsSite
    account: Account


class AwsBudget(pulumi.ComponentResource):
    """A budget of what bears the platform's tag, told of by mail at each share of it."""

    def __init__(
        self, name: str, args: AwsBudgetArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:budget:AwsBudget", name, None, opts)
        OpenCost(f"{name}-inside", args, pulumi.ResourceOptions(parent=self))
        if args.limits is not None:
            token, options = "aws:budgets/budget:Budget", pulumi.ResourceOptions(parent=self)
            CloudResource(token, name, _budget(args, args.limits), options, outputs={})
        self.register_outputs({"tag": TAG})


def _budget(args: AwsBudgetArgs, limits: Limits) -> Mapping[str, Any]:
    platform = tag_value(args.context.platform)
    told = [_told(args, "ACTUAL", share) for share in sorted(set(limits.alert_at))]
    return {
        "name": args.context.scope,
        "budgetType": "COST",
        "timeUnit": "MONTHLY",
        "limitAmount": f"{limits.monthly_usd:.2f}",
        "limitUnit": "USD",
        "costFilters": [{"name": "TagKeyValue", "values": [f"user:{TAG}${platform}"]}],
        # The whole of it is said while there is still time to do something.
        "notifications": [*told, _told(args, "FORECASTED", 1.0)],
    }


def _told(args: AwsBudgetArgs, kind: str, share: float) -> Mapping[str, Any]:
    return {
        "notificationType": kind,
        "comparisonOperator": "GREATER_THAN",
        "threshold": round(100 * share, 2),
        "thresholdType": "PERCENTAGE",
        "subscriberEmailAddresses": [args.context.tags.owner],
    }
