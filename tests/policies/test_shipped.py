"""Every shipped blueprint keeps every mandatory rule, in every environment."""

from __future__ import annotations

import time

import pytest
from tests.support import shipped

from modelyard.policies import Stack, rules
from modelyard.policies.settings import settle
from modelyard.policies.verdict import judge

NOT_MADE = {"access-long-lived-key"}
"""Rules about what no platform makes."""
BUDGET = 0.1
"""Seconds of one processor for all rules over the largest platform."""


@pytest.mark.parametrize("deployed", [False, True], ids=["preview", "update"])
@pytest.mark.parametrize("case", shipped.cases(), ids=str)
def test_mandatory_rules_are_kept(case: shipped.Case, deployed: bool) -> None:
    verdict = judge(shipped.recorded(case, deployed=deployed), settle())
    assert [f"{b.rule.id}: {b.resource.name}: {b.what}" for b in verdict.failed if b.blocks] == []
    assert len(verdict.kept) > 20, "it was looked at"


def test_every_rule_is_about_something_that_is_made() -> None:
    """A rule over a type, or a property, that is called otherwise would keep silent for ever."""
    stacks = [Stack(shipped.recorded(case, deployed=False)) for case in shipped.cases()]
    made = {kind for stack in stacks for kind in (each.type for each in stack)}
    idle = {id for id, rule in rules().items() if not made & set(rule.types)}
    assert idle == NOT_MADE
    missing = {kind for id, rule in rules().items() if id not in NOT_MADE for kind in rule.types}
    assert missing <= made


def test_judging_takes_no_time() -> None:
    (case,) = (case for case in shipped.cases() if str(case) == "aws-finance-prod")
    graph, settings = shipped.recorded(case), settle()
    began = time.process_time()
    judge(graph, settings)
    assert time.process_time() - began < BUDGET
