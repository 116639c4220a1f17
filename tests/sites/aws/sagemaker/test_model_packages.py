"""The model registry: groups, who reads them, and cards that say what the blueprint says."""

from __future__ import annotations

import json

from tests.support.iam import Of, policies
from tests.support.sagemaker import IMAGE, hosted, only

MODEL = f"""
registry: {{engine: sagemaker%s}}
models:
  - name: churn
    type: predictive
    source: models:/churn/3
    card: {{purpose: Tells who leaves, not_for: credit, risk: high, reason: money is at stake}}
    serve: {{engine: sagemaker, image: "{IMAGE}"}}
"""


def test_a_model_has_a_group_and_a_card() -> None:
    graph = hosted(MODEL % "")
    group = only(graph, "modelPackageGroup:ModelPackageGroup")
    assert group.inputs["modelPackageGroupName"] == "yard-churn"
    card = json.loads(only(graph, "modelCard:ModelCard").inputs["content"])
    assert card["intended_uses"]["risk_rating"] == "High"
    assert card["intended_uses"]["purpose_of_model"] == "Tells who leaves"
    assert card["model_overview"]["model_owner"] == "ml@example.com"
    assert card["additional_information"]["custom_details"]["approval"] == "none"


def test_nobody_else_reads_it_unless_it_is_shared() -> None:
    assert not hosted(MODEL % "").of_type(
        "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy"
    )


def test_other_accounts_read_and_do_not_approve() -> None:
    graph = hosted(MODEL % ', share: ["210987654321"]')
    [policy] = [
        it for it in policies(graph, Of.RESOURCE) if "ModelPackageGroupPolicy" in it.holder.type
    ]
    assert {it.principals for it in policy.allowed} == {("AWS:arn:aws:iam::210987654321:root",)}
    assert not any(it.can("sagemaker:UpdateModelPackage") for it in policy.allowed)
    assert any(it.can("sagemaker:DescribeModelPackage") for it in policy.allowed)
