"""What a plan says aloud besides what it decides."""

from __future__ import annotations

import pytest
from tests.plan.blueprints import llm, plan

from modelyard.plan.plan import Plan

LLAMA = "hf://meta-llama/Llama-3.1-8B"
NODES = "{name: n, accelerator: l40s, per_node: 1, count: 4, usd_per_hour: 10}"
SCALING = llm(LLAMA, "replicas: {min: 1, max: 4}", NODES)


def paths(made: Plan) -> list[str]:
    return [".".join(str(part) for part in finding.path) for finding in made.warnings]


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        (29_200, None),
        (29_199, "costs $29,200 a month at its largest; the budget is $29,199"),
        (7_300, "costs $29,200 a month at its largest; the budget is $7,300"),
        (7_299, "costs $7,300 a month even at its smallest; the budget is $7,299"),
    ],
)
def test_a_budget_that_does_not_last(budget: int, said: str | None) -> None:
    """One node of $10 an hour for each replica: $7,300 to $29,200 a month."""
    made = plan(SCALING + f"\n        budget: {{monthly_usd: {budget}}}")
    found = [f for f in made.warnings if f.path == ("budget", "monthly_usd")]
    assert [said in f.what for f in found] == ([True] if said else [])
    assert not made.errors


def test_a_site_without_certificates_is_said_to_be_open() -> None:
    assert paths(plan()) == ["sites.local.keys"]
    assert paths(plan("sites: {local: {kind: kubernetes, keys: {engine: cert-manager}}}")) == []


def test_sensitive_data_ask_what_a_cluster_cannot_tell() -> None:
    made = plan("data: {classification: restricted, residency: [eu-west-1]}")
    assert paths(made) == ["sites.local.keys", "sites.local.audit", "data.residency"]
    assert all(finding.next for finding in made.warnings)


def test_and_take_it_from_the_blueprint() -> None:
    made = plan("""
        data: {classification: restricted}
        sites:
          local:
            kind: onprem
            keys: {at_rest: LUKS}
            audit: {attach: {location: "s3://audit"}}
    """)
    assert paths(made) == []


def test_the_plan_of_one_model() -> None:
    made = plan(SCALING)
    assert made.model("chat").name == "chat"


def test_errors_of_placement_and_of_sizing_are_named_at_once() -> None:
    made = plan(llm(LLAMA) + "\n        registry: {engine: wandb}")
    assert {finding.path[0] for finding in made.errors} == {"registry", "models"}


def test_a_site_names_the_operators_to_install_and_those_that_are_there() -> None:
    made = plan("""
        data: {classification: restricted}
        registry: {}
        sites: {local: {kind: kubernetes, operators: {cert-manager: attach}}}
    """)
    [site] = made.sites
    assert site.operators == ("cloudnative-pg",)
    assert site.attached_operators == ("cert-manager",)
