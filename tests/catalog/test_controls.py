"""The compliance profiles: every one a blueprint can name, each control with its clause."""

from __future__ import annotations

import re

import pytest

from modelyard.blueprint.team import Compliance
from modelyard.catalog.controls import Profile, controls, profiles

SEVEN = {
    "lineage",
    "explainability",
    "pii-removal",
    "audit-log",
    "bias-test",
    "incident-plan",
    "third-party-risk",
}


def test_every_profile_a_blueprint_can_name_exists() -> None:
    assert set(profiles()) == {str(profile) for profile in Compliance}


@pytest.mark.parametrize("profile", profiles().values(), ids=lambda profile: profile.id)
def test_a_profile_has_controls_with_clauses(profile: Profile) -> None:
    assert 4 <= len(profile.controls) <= 10
    for control in profile.controls:
        assert control.asks
        assert control.title
        assert re.search(r"\d", control.source.removeprefix(profile.name))
        assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", ask) for ask in control.asks)


def test_ids_are_unique_over_all_profiles() -> None:
    assert len(controls()) == sum(len(profile.controls) for profile in profiles().values())


def test_what_the_field_demands_is_asked_for_by_some_profile() -> None:
    asked = {ask for profile in profiles().values() for ask in profile.asks}
    assert asked >= SEVEN | {"approval", "encryption-at-rest", "encryption-in-transit", "retention"}
