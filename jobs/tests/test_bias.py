"""Bias: Fairlearn's measures, of groups that are large enough."""

from __future__ import annotations

import pandas as pd
import pytest
from asking import Ask, finding

from modelyard_jobs.verdict import Verdict

NAMED = {"prediction": "p", "sensitive": ["sex"]}
DIFFERENCE, ODDS = "demographic_parity_difference", "equalized_odds_difference"


def people(**shares: float) -> pd.DataFrame:
    """Four hundred of each group, a share of which is answered 1."""
    each = 400
    return pd.DataFrame(
        {
            "sex": [name for name in shares for _ in range(each)],
            "p": [int(i < share * each) for share in shares.values() for i in range(each)],
        }
    )


@pytest.mark.parametrize(("share", "verdict"), [(0.5, Verdict.PASSED), (0.3, Verdict.BREACHED)])
def test_parity_is_the_difference_of_shares(ask: Ask, share: float, verdict: Verdict) -> None:
    report = ask("bias", None, people(f=share, m=0.5), **NAMED)
    found = finding(report, DIFFERENCE, "sex")
    assert (found.value, found.limit) == (pytest.approx(0.5 - share), 0.1)
    assert finding(report, "demographic_parity_ratio", "sex").value == pytest.approx(share / 0.5)
    assert finding(report, "selection_rate", "sex=f").value == pytest.approx(share)
    assert report.verdict is verdict


def test_the_worst_of_the_columns_stands_for_the_model(ask: Ask) -> None:
    rows = people(f=0.4, m=0.5)
    rows["age"] = ["old", "young"] * 400
    report = ask("bias", None, rows, prediction="p", sensitive=["sex", "age"])
    assert finding(report, DIFFERENCE).value == finding(report, DIFFERENCE, "sex").value
    ratio = "demographic_parity_ratio"
    assert finding(report, ratio).value == finding(report, ratio, "sex").value
    assert finding(report, DIFFERENCE).limit is None


def test_odds_are_of_those_that_are_and_of_those_that_are_not(ask: Ask) -> None:
    rows = people(f=0.5, m=0.5)
    rows["y"] = [int(i % 400 < 200) for i in range(len(rows))]
    rows.loc[(rows.sex == "f") & (rows.index % 400 < 100), "p"] = 0
    report = ask("bias", None, rows, **NAMED, target="y")
    found = finding(report, ODDS, "sex")
    assert (found.value, found.verdict) == (pytest.approx(0.5), Verdict.BREACHED)
    assert finding(report, "accuracy", "sex=f").value == pytest.approx(0.75)


def test_odds_of_a_group_with_one_outcome_are_undecided(ask: Ask) -> None:
    rows = people(f=0.5, m=0.5)
    rows["y"] = [int(sex == "m" and i % 2) for i, sex in enumerate(rows.sex)]
    found = finding(ask("bias", None, rows, **NAMED, target="y"), ODDS, "sex")
    assert found.verdict is Verdict.UNDECIDED
    assert found.reason == "too few rows of both outcomes in f"


def test_small_groups_are_left_out_and_said(ask: Ask) -> None:
    few = pd.DataFrame({"sex": ["x"] * 10, "p": [0] * 10})
    rows = pd.concat([people(f=0.5, m=0.5), few], ignore_index=True)
    report = ask("bias", None, rows, **NAMED)
    assert report.verdict is Verdict.PASSED
    reason = "10 rows, and groups of fewer than 30 are not judged"
    assert finding(report, "selection_rate", "sex=x").reason == reason


def test_what_chance_explains_is_undecided(ask: Ask) -> None:
    rows = people(f=0.4, m=0.5).groupby("sex").sample(100, random_state=0)
    rows = pd.DataFrame({"sex": ["f"] * 100 + ["m"] * 100, "p": [1, 0] * 50 + [1, 0, 0] * 33 + [0]})
    found = finding(ask("bias", None, rows, **NAMED), DIFFERENCE, "sex")
    assert found.value == pytest.approx(0.17)
    assert found.verdict is Verdict.UNDECIDED


def test_those_without_a_group_are_a_group(ask: Ask) -> None:
    rows = people(f=0.5, m=0.5, none=0.1).replace({"sex": {"none": None}})
    report = ask("bias", None, rows, **NAMED)
    assert finding(report, "selection_rate", "sex=(missing)").value == pytest.approx(0.1)
    assert report.verdict is Verdict.BREACHED


@pytest.mark.parametrize(
    ("changed", "data", "subject", "reason"),
    [
        ({"sex": "f"}, {}, "sex", "there is nothing to compare one group with"),
        ({"sex": range(800)}, {}, "sex", "no group is large enough"),
        ({"sex": [i // 32 for i in range(800)]}, {}, "sex", "25 groups are too many: give bands"),
        (
            {"p": [i % 3 for i in range(800)]},
            {},
            "sex",
            "of 3 classes settings.positive names",
        ),
        ({"p": 1}, {}, "sex", "of 1 classes settings.positive names"),
        ({"p": None}, {}, "sex", "of 0 classes"),
        ({}, {"sensitive": []}, "", "data.sensitive names no column of groups"),
        ({}, {"sensitive": ["age"]}, "age", "column age is missing in current"),
        ({}, {"prediction": None}, "", "data.prediction does not say"),
        ({}, {"task": "regression"}, "", "of numbers no share is positive"),
    ],
)
def test_odd_columns(ask: Ask, changed: dict, data: dict, subject: str, reason: str) -> None:
    rows = people(f=0.5, m=0.2).assign(**changed)
    report = ask("bias", None, rows, **{**NAMED, **data})
    assert reason in finding(report, DIFFERENCE, subject).reason
    assert report.verdict is Verdict.UNDECIDED


def test_one_answer_alone_is_fair_where_it_is_named(ask: Ask) -> None:
    rows = people(f=1, m=1)
    report = ask("bias", None, rows, {"positive": 1}, **NAMED)
    assert finding(report, DIFFERENCE, "sex").value == 0
    assert report.verdict is Verdict.PASSED


def test_the_answer_that_is_wished_for_can_be_named(ask: Ask) -> None:
    rows = people(f=0.3, m=0.5).replace({"p": {1: "denied", 0: "granted"}})
    report = ask("bias", None, rows, {"positive": "denied"}, **NAMED)
    assert finding(report, "selection_rate", "sex=f").value == pytest.approx(0.3)


def test_limits_are_by_measure(ask: Ask) -> None:
    limits = {"demographic_parity_ratio": {"min": 0.8}}
    report = ask("bias", None, people(f=0.3, m=0.5), {"limits": limits}, **NAMED)
    assert finding(report, "demographic_parity_ratio", "sex").verdict is Verdict.BREACHED
    assert finding(report, DIFFERENCE, "sex").limit is None
