"""Who asks, and of which account, against moto."""

from __future__ import annotations

import pytest
from tests.sites.aws.preflight.ground import ACCOUNT, CONTEXT, args, asking, site, told, verdicts

from modelyard.contracts.preflight import PreflightArgs, Verdict
from modelyard.sites.aws.preflight import account, open_preflight
from modelyard.sites.aws.preflight.interview import Interview

pytestmark = pytest.mark.usefixtures("moto")


def test_moto_the_right_account_is_asked_further() -> None:
    answers = list(Interview(args(), asking()).answers())
    assert verdicts(answers)[:2] == ["ok", "ok"]
    assert [answer.asked for answer in answers[:2]] == [f"account {ACCOUNT}", "region eu-west-1"]


def test_moto_a_wrong_account_stops_everything() -> None:
    elsewhere = PreflightArgs(
        site=site(account="999999999999"), context=CONTEXT, machines=(), expected=()
    )
    answers = list(Interview(elsewhere, asking()).answers())  # type: ignore[arg-type]
    assert len(answers) == 1
    assert answers[0].verdict is Verdict.FAILED
    assert ACCOUNT in answers[0].found
    assert "AWS_PROFILE" in answers[0].next
    assert "999999999999" in answers[0].next


def test_moto_a_region_that_is_not_there_is_named_with_those_that_are() -> None:
    ask = asking()
    ask.region = "eu-west-9"
    (answer,) = told(account.questions(ask))
    assert answer.verdict is Verdict.FAILED
    assert "eu-west-1" in answer.next


def test_moto_the_entry_that_the_engine_finds_asks() -> None:
    assert [answer.topic for answer in open_preflight(args()).answers()] == ["account", "account"]
