"""The shipped blueprints, asked of a whole account; and the policy that such questions need."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from tests.sites.aws.preflight import world
from tests.sites.aws.preflight.ground import CONTEXT, G6E, args, planned
from tests.support import on_aws, shipped

import modelyard.sites.aws.preflight as package
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.engine.preflight import args_of
from modelyard.sites.aws.preflight.interview import Interview
from modelyard.sites.aws.preflight.looks import KINDS
from modelyard.sites.aws.preflight.planned import AwsPreflightArgs, machines
from modelyard.sites.aws.preflight.roles import service_roles

CASES = [
    case
    for case in on_aws.cases()
    if not any(resource.external for resource in shipped.recorded(case))
]
"""Not those in somebody else's network: this world has none."""
POLICY = Path(package.__file__).with_name("policy.json")
NEEDS_NOTHING = {"sts:GetCallerIdentity"}


@cache
def asked(case: shipped.Case) -> AwsPreflightArgs:
    """What a shipped blueprint would build in its account, under the name that the world knows."""
    plan = shipped.planned(case).plan
    site = next(each.name for each in plan.sites if each.kind == "aws")
    found = args_of(plan, shipped.recorded(case), site)
    return AwsPreflightArgs(**{**vars(found), "context": CONTEXT})  # type: ignore[arg-type]


def everything() -> AwsPreflightArgs:
    """Of every kind of question one."""
    named = [planned(kind.type.removeprefix("aws:"), **_named(kind.input)) for kind in KINDS]
    others = [
        planned("ec2/vpc:Vpc"),
        planned("ec2/eip:Eip"),
        planned("ec2/natGateway:NatGateway"),
        planned("ec2/internetGateway:InternetGateway"),
        planned("eks/nodeGroup:NodeGroup", instanceTypes=["m7i.large"]),
    ]
    hosted = replace(G6E, machine="ml.g5.xlarge", hosted="realtime")
    gpus = {"fallback": ["spot"], "reservations": ["cr-1"]}
    return args(*named, *others, machines=[G6E, hosted], gpus=gpus)


def _named(key: str | None) -> dict[str, str]:
    return {key: "alias/acme" if key == "alias" else "acme"} if key else {}


def answers(of: AwsPreflightArgs, ask: world.World) -> list[Answer]:
    return list(Interview(of, ask.asking).answers())


def test_there_are_blueprints_on_aws() -> None:
    assert len(CASES) >= 4


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_new_account_is_told_what_to_ask_for(case: shipped.Case) -> None:
    """Quotas of machines start at nothing there; all names are free."""
    of = asked(case)
    ask = world.new(of)
    found = answers(of, ask)
    failed = [answer for answer in found if answer.verdict is Verdict.FAILED]
    short = [answer for answer in found if "On-Demand G and VT" in answer.asked]
    assert all(answer.next for answer in failed)
    assert bool(machines(of)) == bool(short)
    assert all(answer.verdict in (Verdict.FAILED, Verdict.WARNING) for answer in short)
    assert not [a for a in found if a.topic == "name" and a.verdict is not Verdict.OK]
    assert not [a for a in found if a.topic == "permission" and a.verdict is not Verdict.OK]
    assert ask.permissions - NEEDS_NOTHING <= set(_actions()), "the policy lacks a call"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_account_of_a_platform_that_stands_has_nothing_against_it(case: shipped.Case) -> None:
    of = asked(case)
    bad = [a for a in answers(of, world.used(of)) if a.verdict in (Verdict.FAILED, Verdict.UNKNOWN)]
    assert bad == []


@cache
def permissions() -> frozenset[str]:
    """What the calls need that are made of either account: those that find, and those that miss."""
    of = everything()
    worlds = (world.new(of), world.used(of))
    for each in worlds:
        assert answers(of, each)
    return frozenset().union(*(each.permissions for each in worlds))


def _actions() -> Iterator[str]:
    policy = json.loads(POLICY.read_text(encoding="utf-8"))
    for statement in policy["Statement"]:
        yield from statement["Action"]


def test_the_policy_allows_the_calls_that_are_made_and_no_other() -> None:
    assert set(_actions()) == permissions() - NEEDS_NOTHING


def test_the_policy_lets_nothing_be_changed() -> None:
    for action in _actions():
        assert action.partition(":")[2].startswith(("Describe", "Get", "List", "Simulate")), action
        assert "*" not in action


def test_each_action_stands_once_in_the_policy() -> None:
    assert sorted(set(_actions())) == sorted(_actions())


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws.*")
def test_roles_belong_to_types_of_the_sdk() -> None:
    import importlib

    from modelyard.recorder.sdk import load_sdk, resource_class

    assert load_sdk("aws")
    for name, role in service_roles().items():
        assert name.startswith("AWSServiceRoleFor")
        assert role["service"].endswith(".amazonaws.com")
        for token in role["of"]:
            importlib.import_module(f"pulumi_aws.{token.split(':')[1].split('/')[0]}")
            assert resource_class(token), token
