"""The budget on AWS: the platform's own share of the bill, told of before it is too late."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.support.aws_ground import ACCOUNT, CLUSTER, ground
from tests.support.iam import Of, policies

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.sites.aws.budget import TAG

BUDGET = "aws:budgets/budget:Budget"
LIMITS = "budget: {monthly_usd: 1500, alert_at: [80%, 50%, 80%]}"
QUOTA = "costs: {quota: {cpu: 8}}"


@cache
def stands(text: str = "", more: str = LIMITS) -> Graph:
    return ground(*CLUSTER, C.BUDGET, text=text, more=more)[0]


def budget() -> Any:
    [found] = stands().of_type(BUDGET)
    return found.inputs


def test_it_is_the_month_s_limit_of_the_blueprint() -> None:
    assert (budget()["budgetType"], budget()["timeUnit"]) == ("COST", "MONTHLY")
    assert (float(budget()["limitAmount"]), budget()["limitUnit"]) == (1500, "USD")


def test_it_counts_what_bears_the_platform_s_tag() -> None:
    [provider] = stands().of_type("pulumi:providers:aws")
    [given] = budget()["costFilters"]
    assert given == {"name": "TagKeyValue", "values": [f"user:{TAG}$yard"]}
    assert f'"{TAG}": "yard"' in str(provider.inputs["defaultTags"])


def test_each_share_is_told_of_once_and_the_whole_before_it_is_spent() -> None:
    told = [(n["notificationType"], n["threshold"]) for n in budget()["notifications"]]
    assert told == [("ACTUAL", 50), ("ACTUAL", 80), ("FORECASTED", 100)]
    assert {n["thresholdType"] for n in budget()["notifications"]} == {"PERCENTAGE"}


def test_the_owner_gets_a_mail_and_others_may_listen() -> None:
    for notification in budget()["notifications"]:
        assert notification["subscriberEmailAddresses"] == ["ml@example.com"]
        assert notification["subscriberSnsTopicArns"] == ["${yard-budget-notices.arn}"]
    [topic] = stands().of_type("aws:sns/topic:Topic")
    assert topic.inputs["kmsMasterKeyId"] == "${yard-kms-logs.arn}"
    assert not list(stands().of_type("aws:sns/topicSubscription:TopicSubscription"))


def test_nobody_but_this_account_s_budgets_publishes() -> None:
    [policy] = [p for p in policies(stands(), Of.RESOURCE) if "budget" in p.holder.name]
    [statement] = policy.allowed
    assert statement.principals == ("Service:budgets.amazonaws.com",)
    assert statement.condition("aws:SourceArn") == (f"arn:aws:budgets::{ACCOUNT}:*",)
    [found] = stands().of_type(BUDGET)
    assert policy.holder.urn in found.dependencies


@pytest.mark.parametrize(("text", "more"), [("", LIMITS), (QUOTA, "")])
def test_every_namespace_has_a_quota(text: str, more: str) -> None:
    graph = stands(text, more)
    quotas = [r.inputs for r in graph if r.inputs.get("kind") == "ResourceQuota"]
    assert len({quota["metadata"]["namespace"] for quota in quotas}) == 3
    assert all(quota["spec"]["hard"]["services.loadbalancers"] == "0" for quota in quotas)


def test_a_quota_alone_makes_no_budget() -> None:
    assert not list(stands(QUOTA, "").of_type(BUDGET))
