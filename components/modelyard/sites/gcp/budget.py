"""The month's bill against the blueprint's budget, and the quotas of the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.access import Budget as Limits
from modelyard.blueprint.site import GcpSite
from modelyard.contracts.budget import BudgetArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.names import label_key, labels, scoped
from modelyard.sites.kubernetes.budget import Quotas

LABEL = label_key("app.kubernetes.io/part-of")
"""By this label the bill is divided."""
_TITLE = 60


@dataclass(frozen=True, kw_only=True)
class GcpBudgetArgs(BudgetArgs):
    site: GcpSite
    account: GcpProject


class GcpBudget(pulumi.ComponentResource):
    """A budget of what bears the platform's label, told of at each share of it.

    It belongs to the billing account that the project is on: whoever deploys needs a role there
    (`roles/billing.costsManager`). What the cluster may ask for is limited inside it.
    """

    def __init__(
        self, name: str, args: GcpBudgetArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:budget:GcpBudget", name, None, opts)
        Quotas(f"{name}-inside", args, pulumi.ResourceOptions(parent=self))
        if args.limits is not None:
            options = pulumi.ResourceOptions(parent=self)
            inputs = _budget(args, args.limits)
            CloudResource("gcp:billing/budget:Budget", name, inputs, options, outputs={})
        self.register_outputs({"label": LABEL})


def _budget(args: GcpBudgetArgs, limits: Limits) -> Mapping[str, Any]:
    dollars, cents = divmod(round(limits.monthly_usd * 100), 100)
    reached = [{"thresholdPercent": share} for share in sorted(set(limits.alert_at))]
    # The whole of it is said while there is still time to do something.
    foreseen = {"thresholdPercent": 1.0, "spendBasis": "FORECASTED_SPEND"}
    money = {"currencyCode": "USD", "units": str(dollars), "nanos": cents * 10_000_000}
    return {
        "billingAccount": args.account.billing_account,
        "displayName": scoped(args.context, most=_TITLE),
        "amount": {"specifiedAmount": money},
        "budgetFilter": {
            "projects": [pulumi.Output.concat("projects/", args.account.number)],
            "labels": {LABEL: labels(args.context)[LABEL]},
            "calendarPeriod": "MONTH",
        },
        "thresholdRules": [*reached, foreseen],
        "allUpdatesRule": {
            "monitoringNotificationChannels": [args.account.owner.id],
            "disableDefaultIamRecipients": False,
        },
    }
