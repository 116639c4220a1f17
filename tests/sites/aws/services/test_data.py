"""Validation by Glue and versions by DVC: what runs, as whom, and who hears of it."""

from __future__ import annotations

import json

from tests.support.aws_services import of, paths, served
from tests.support.iam import Of, policies
from tests.support.iam_grants import granted

from modelyard.recorder import check_inputs

TEXT = """
ingestion:
  validation: glue
  every: 6h
  rules: [{table: orders, rules: ['IsComplete "id"', "RowCount > 0"]}]
  versioning: dvc
  repositories: [github.com/acme/churn, github.com/acme/fraud, gitlab.com/acme/ml/data]
  branch: release
pipelines: {engine: argo}
"""
DATA = "arn:aws:s3:::yard-data-123456789012-eu-west-1"


def test_rules_are_held_against_each_table_by_the_clock() -> None:
    graph = served(TEXT, False)
    [ruleset] = of(graph, "glue/dataQualityRuleset:DataQualityRuleset")
    assert ruleset["ruleset"] == 'Rules = [\n    IsComplete "id",\n    RowCount > 0\n]'
    [schedule] = of(graph, "scheduler/schedule:Schedule")
    assert schedule["scheduleExpression"] == "rate(6 hours)"
    target = schedule["target"]
    assert target["arn"].endswith(":aws-sdk:glue:startDataQualityRulesetEvaluationRun")
    run = json.loads(target["input"])
    assert run["DataSource"] == {"GlueTable": {"DatabaseName": "yard", "TableName": "orders"}}
    assert run["RulesetNames"] == [ruleset["name"]]
    assert run["Role"] == "${yard-validation.arn}"


def test_the_clock_starts_these_rules_and_passes_this_role_alone() -> None:
    graph = served(TEXT, False)
    [policy] = [
        it for it in policies(graph, Of.IDENTITY) if it.holder.name == "yard-validation-scheduler"
    ]
    starts = [it for it in policy.allowed if it.can("glue:StartDataQualityRulesetEvaluationRun")]
    assert [it.resources for it in starts] == [
        ("arn:aws:glue:eu-west-1:123456789012:dataQualityRuleset/yard-orders",)
    ]
    [passes] = [it for it in policy.allowed if it.can("iam:PassRole")]
    assert passes.resources == ("${yard-validation.arn}",)
    assert passes.condition("iam:PassedToService") == ("glue.amazonaws.com",)


def test_an_evaluation_reads_its_tables_and_changes_nothing() -> None:
    rights = {action for action, _ in granted(served(TEXT, False))["yard-validation"]}
    assert not [it for it in rights if "Put" in it and "Metric" not in it and "Log" not in it]
    assert "glue:PublishDataQuality" in rights


def test_broken_rules_are_told() -> None:
    rules = of(served(TEXT, False), "cloudwatch/eventRule:EventRule")
    [rule] = [it for it in rules if "glue-dataquality" in str(it["eventPattern"])]
    assert json.loads(str(rule["eventPattern"]))["detail"] == {
        "state": ["FAILED", "ERROR"],
        "rulesetNames": ["yard-orders"],
    }


def test_a_forge_is_believed_for_its_repositories_and_one_branch() -> None:
    graph = served(TEXT, False)
    trusts = {it.holder.name: it.allowed for it in policies(graph, Of.TRUST)}
    [github] = trusts["yard-versioning-github"]
    issuer = "token.actions.githubusercontent.com"
    assert github.condition(f"{issuer}:sub") == (
        "repo:acme/churn:ref:refs/heads/release",
        "repo:acme/fraud:ref:refs/heads/release",
    )
    assert github.condition(f"{issuer}:aud") == ("sts.amazonaws.com",)
    [gitlab] = trusts["yard-versioning-gitlab"]
    subject = "project_path:acme/ml/data:ref_type:branch:ref:release"
    assert gitlab.condition("gitlab.com:sub") == (subject,)


def test_pipelines_touch_the_data_under_version_control_and_nothing_else() -> None:
    rights = granted(served(TEXT, False))
    for role in ("yard-versioning-github", "yard-versioning-gitlab"):
        touched = {place for action, place in rights[role] if "Object" in action}
        assert touched == {f"{DATA}/dvc/*"}
    runs = {place for _, place in rights["yard-identity-training-workflow-runner"]}
    assert f"{DATA}/dvc/*" in runs


def test_an_account_that_knows_the_forge_is_told_nothing() -> None:
    known = TEXT.replace("branch: release", "branch: release\n  trust: attach")
    graph = served(known, False)
    assert of(graph, "iam/openIdConnectProvider:OpenIdConnectProvider") == []
    trusts = {it.holder.name: it.allowed for it in policies(graph, Of.TRUST)}
    [github] = trusts["yard-versioning-github"]
    provider = "oidc-provider/token.actions.githubusercontent.com"
    assert github.principals == (f"Federated:arn:aws:iam::123456789012:{provider}",)


def test_the_sdk_knows_every_input() -> None:
    assert check_inputs(served(TEXT)) == []


def test_what_cannot_be_is_refused() -> None:
    assert paths("ingestion: {validation: glue}") == ["ingestion.validation"]
    rules = "rules: [{table: a, rules: [x]}]"
    assert paths(f"ingestion: {{validation: glue, every: 90m, {rules}}}") == ["ingestion.every"]
    deep = "ingestion: {versioning: dvc, repositories: [github.com/a/b/c]}"
    assert paths(deep) == ["ingestion.repositories.0"]
    assert paths("ingestion: {versioning: dvc, branch: main}") == ["ingestion.branch"]
    assert "ingestion.load" in paths("ingestion: {versioning: dvc, load: job}")
