"""The keys: who may use which, for what."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from tests.support.aws_ground import ACCOUNT, GROUND, REGION, ground
from tests.support.iam import Of, Policy, Statement, policies

from modelyard.contracts.kms import Encrypts
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph

KEY = "aws:kms/key:Key"


@cache
def keys() -> Graph:
    return ground(C.ACCOUNT, C.KMS, text="encryption: {rotate_days: 90}", more="protect: true")[0]


def policy(purpose: Encrypts) -> Policy:
    found = [p for p in policies(keys(), Of.RESOURCE) if p.holder.name == f"yard-kms-{purpose}"]
    return found[0]


def of_services(purpose: Encrypts) -> Iterator[tuple[str, Statement]]:
    for statement in policy(purpose).allowed:
        for principal in statement.principals:
            if principal.startswith("Service:"):
                yield principal.removeprefix("Service:"), statement


def test_every_purpose_has_a_key_that_rotates_and_cannot_go_by_accident() -> None:
    made = {key.name: key for key in keys().of_type(KEY)}
    assert set(made) == {f"yard-kms-{purpose}" for purpose in Encrypts}
    for key in made.values():
        assert key.inputs["enableKeyRotation"] is True
        assert key.inputs["rotationPeriodInDays"] == 90
        assert key.inputs["deletionWindowInDays"] == 30
        assert key.protect


def test_people_find_a_key_by_its_purpose() -> None:
    names = {alias.inputs["name"] for alias in keys().of_type("aws:kms/alias:Alias")}
    assert names == {"alias/yard-data", "alias/yard-secrets", "alias/yard-logs"}


@pytest.mark.parametrize("purpose", Encrypts)
def test_administration_is_the_account_s_own(purpose: Encrypts) -> None:
    whole = [s for s in policy(purpose).allowed if "kms:*" in s.actions]
    assert [s.principals for s in whole] == [(f"AWS:arn:aws:iam::{ACCOUNT}:root",)]


@pytest.mark.parametrize("purpose", Encrypts)
def test_whoever_else_may_use_a_key_is_bound_by_a_condition(purpose: Encrypts) -> None:
    for statement in policy(purpose).allowed:
        if "kms:*" not in statement.actions:
            assert statement.conditions, statement


def test_services_may_use_the_key_of_logs_and_of_data_to_index_vectors_alone() -> None:
    [(indexing, statement)] = of_services(Encrypts.DATA)
    assert indexing == "indexing.s3vectors.amazonaws.com"
    assert statement.actions == ("kms:Decrypt",)
    assert statement.condition("aws:SourceAccount") == (ACCOUNT,)
    assert not list(of_services(Encrypts.SECRETS))
    assert {service for service, _ in of_services(Encrypts.LOGS)} == {
        f"logs.{REGION}.amazonaws.com",
        "cloudtrail.amazonaws.com",
        "cloudwatch.amazonaws.com",
        "aps.amazonaws.com",
        "budgets.amazonaws.com",
        "delivery.logs.amazonaws.com",
        "events.amazonaws.com",
    }


def test_events_reach_encrypted_topics_of_this_account() -> None:
    """EventBridge sends KMS no source account: a condition on it would drop every message."""
    [statement] = [s for service, s in of_services(Encrypts.LOGS) if service.startswith("events.")]
    assert not statement.condition("aws:SourceAccount")
    topics = statement.condition("kms:EncryptionContext:aws:sns:topicArn")
    assert topics == (f"arn:aws:sns:{REGION}:{ACCOUNT}:*",)


def test_the_trail_may_use_its_key_under_its_own_name() -> None:
    graph, _ = ground(*GROUND, C.AUDIT_LOG)
    [trail] = graph.of_type("aws:cloudtrail/trail:Trail")
    [statement] = [s for who, s in of_services(Encrypts.LOGS) if who.startswith("cloudtrail.")]
    named = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{trail.inputs['name']}"
    assert statement.condition("aws:SourceArn") == (named,)


def test_an_attached_key_serves_every_purpose() -> None:
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
    graph, used = ground(
        C.ACCOUNT,
        C.KMS,
        text=f"encryption: {{attach: '{arn}'}}",
        use=lambda platform: [platform.part(C.KMS).key(purpose) for purpose in Encrypts],
    )
    assert used == [arn] * len(Encrypts)
    assert not list(graph.of_type(KEY))
