"""The budget of a platform on Google Cloud: its own bill, told of at each share."""

from __future__ import annotations

from tests.support.gcp_ground import CLUSTER, ground, of, only

from modelyard.plan.capability import Capability as C

BUDGET = "billing/budget:Budget"
LIMITS = "budget: {monthly_usd: 1234.5, alert_at: [50%, 100%]}"


def test_it_is_of_what_bears_the_platform_s_label() -> None:
    made = only(ground(*CLUSTER, C.BUDGET, more=LIMITS)[0], BUDGET)
    assert made["billingAccount"] == "${yard-account.billingAccount}"
    assert made["budgetFilter"]["labels"] == {"app-kubernetes-io_part-of": "yard"}
    assert made["budgetFilter"]["projects"] == ["projects/${yard-account.number}"]
    amount = made["amount"]["specifiedAmount"]
    assert amount == {"currencyCode": "USD", "units": "1234", "nanos": 500_000_000}


def test_each_share_is_told_and_the_whole_beforehand() -> None:
    made = only(ground(*CLUSTER, C.BUDGET, more=LIMITS)[0], BUDGET)
    assert [it["thresholdPercent"] for it in made["thresholdRules"]] == [0.5, 1.0, 1.0]
    assert made["thresholdRules"][-1]["spendBasis"] == "FORECASTED_SPEND"
    channels = made["allUpdatesRule"]["monitoringNotificationChannels"]
    assert channels == ["${yard-account-owner.id}"]


def test_without_limits_there_is_nothing_to_tell() -> None:
    graph, _ = ground(*CLUSTER, C.BUDGET, text="costs: {quota: {cpu: 8}}")
    assert of(graph, BUDGET) == {}
    assert [it for it in graph if it.inputs.get("kind") == "ResourceQuota"]
