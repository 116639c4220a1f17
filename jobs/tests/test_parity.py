"""Parity: the same inputs, two ways to an answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from asking import Ask, finding

from modelyard_jobs.verdict import Verdict

ROWS = 1000
SETTINGS = {"key": "id"}


def answered(answers: object, latency: object = 1.0, ids: object = None) -> pd.DataFrame:
    rows = pd.DataFrame({"p": answers, "took": latency})
    return rows.assign(id=range(len(rows)) if ids is None else ids)


BASE = np.linspace(1, 2, ROWS)


@pytest.mark.parametrize(
    ("changed", "share", "verdict"),
    [(0, 0, Verdict.PASSED), (5, 0.005, Verdict.PASSED), (50, 0.05, Verdict.BREACHED)],
)
def test_the_share_that_differs(ask: Ask, changed: int, share: float, verdict: Verdict) -> None:
    other = BASE * 1.005
    other[:changed] *= 1.1
    report = ask("parity", answered(BASE), answered(other), SETTINGS, prediction="p")
    found = finding(report, "differing")
    assert (found.value, found.verdict, found.limit) == (pytest.approx(share), verdict, 0.01)


def test_inputs_are_matched_whatever_their_order(ask: Ask) -> None:
    shuffled = answered(BASE).sample(frac=1, random_state=0)
    report = ask("parity", answered(BASE), shuffled, SETTINGS, prediction="p")
    assert finding(report, "differing").value == 0


def test_of_an_input_asked_twice_the_last_answer_counts(ask: Ask) -> None:
    twice = pd.concat([answered(BASE + 9), answered(BASE)], ignore_index=True)
    report = ask("parity", answered(BASE), twice, SETTINGS, prediction="p")
    assert finding(report, "differing").value == 0


def test_labels_are_equal_or_are_not(ask: Ask) -> None:
    old, new = ["a"] * ROWS, ["a"] * 900 + ["b"] * 100
    report = ask("parity", answered(old), answered(new), SETTINGS, prediction="p")
    assert finding(report, "differing").value == pytest.approx(0.1)


def test_nothing_equals_nothing_and_no_number(ask: Ask) -> None:
    old = np.where(np.arange(ROWS) < 100, np.nan, BASE)
    report = ask("parity", answered(old), answered(old), SETTINGS, prediction="p")
    assert finding(report, "differing").value == 0
    report = ask("parity", answered(old), answered(BASE), SETTINGS, prediction="p")
    assert finding(report, "differing").value == pytest.approx(0.1)


def test_numbers_in_text_are_numbers(ask: Ask) -> None:
    report = ask("parity", answered(BASE), answered(BASE.astype(str)), SETTINGS, prediction="p")
    assert finding(report, "differing").value == 0


def test_latency_is_compared_at_its_95th_percentile(ask: Ask) -> None:
    settings = {**SETTINGS, "latency": "took"}
    slow = np.where(np.arange(ROWS) < 100, 3.0, 1.0)
    report = ask("parity", answered(BASE), answered(BASE, slow), settings, prediction="p")
    found = finding(report, "latency_ratio")
    assert (found.value, found.verdict) == (3, Verdict.BREACHED)
    none = ask("parity", answered(BASE, 0), answered(BASE), settings, prediction="p")
    assert finding(none, "latency_ratio").verdict is Verdict.UNDECIDED


def test_inputs_that_only_one_answered_are_told(ask: Ask) -> None:
    shifted = answered(BASE, ids=range(500, 1500)).assign(p=np.r_[BASE[500:], BASE[:500]])
    report = ask("parity", answered(BASE), shifted, SETTINGS, prediction="p")
    assert finding(report, "unmatched").value == 0.5
    assert finding(report, "differing").value == 0


def test_with_too_few_of_the_same_inputs_nothing_is_judged(ask: Ask) -> None:
    other = answered(BASE, ids=range(900, 1900))
    report = ask("parity", answered(BASE), other, SETTINGS, prediction="p")
    reason = "100 inputs are in both, and fewer than 200 are not judged"
    assert finding(report, "differing").reason == reason
    assert report.verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("settings", "data", "reason"),
    [
        ({"key": "request"}, {"prediction": "p"}, "column request is missing in reference"),
        (SETTINGS, {"prediction": "q"}, "column q is missing in reference"),
        (SETTINGS, {}, "neither data.prediction nor data.score"),
    ],
)
def test_what_lacks_is_said(ask: Ask, settings: dict, data: dict, reason: str) -> None:
    report = ask("parity", answered(BASE), answered(BASE), settings, **data)
    assert reason in finding(report, "differing").reason
    assert report.verdict is Verdict.UNDECIDED
