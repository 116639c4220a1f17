"""Performance: scikit-learn's metrics, held to a baseline."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from asking import Ask, finding
from pydantic import ValidationError

from modelyard_jobs import registry
from modelyard_jobs.performance import Settings
from modelyard_jobs.verdict import Verdict

ROWS = 1000
NAMED = {"target": "y", "prediction": "p"}


def labelled(right: float, rows: int = ROWS) -> pd.DataFrame:
    """Half of the truth is 1; of both halves the same share is answered rightly."""
    truth = np.arange(rows) % 2
    wrong = np.arange(rows) >= round(right * rows)
    return pd.DataFrame({"y": truth, "p": np.where(wrong, 1 - truth, truth)})


@pytest.mark.parametrize(
    ("right", "verdict"), [(0.9, Verdict.PASSED), (0.87, Verdict.PASSED), (0.84, Verdict.BREACHED)]
)
def test_a_drop_is_relative_to_the_baseline(ask: Ask, right: float, verdict: Verdict) -> None:
    settings = {"baseline": {"accuracy": 0.9, "f1": 0.9}}
    report = ask("performance", None, labelled(right), settings, **NAMED)
    accuracy = finding(report, "accuracy")
    assert accuracy.value == pytest.approx(right)
    assert accuracy.limit == pytest.approx(0.855)
    assert report.verdict is verdict


def test_the_metrics_are_what_a_hand_computes(ask: Ask) -> None:
    rows = pd.DataFrame({"y": [1, 1, 1, 0] * 100, "p": [1, 1, 0, 1] * 100, "s": [3, 2, 0, 1] * 100})
    settings = {"baseline": {"accuracy": 0.5, "f1": 0.5, "auc": 0.5}}
    report = ask("performance", None, rows, settings, score="s", **NAMED)
    assert finding(report, "accuracy").value == 0.5
    assert finding(report, "f1").value == pytest.approx(2 / 3)
    assert finding(report, "auc").value == pytest.approx(2 / 3)


def test_errors_may_grow_as_little(ask: Ask) -> None:
    truth = np.linspace(0, 10, ROWS)
    rows = pd.DataFrame({"y": truth, "p": truth + np.where(np.arange(ROWS) % 2, 1.1, -1.1)})
    settings = {"baseline": {"rmse": 1.0, "mae": 1.1}}
    report = ask("performance", None, rows, settings, task="regression", **NAMED)
    rmse, mae = finding(report, "rmse"), finding(report, "mae")
    assert (rmse.value, rmse.limit) == pytest.approx((1.1, 1.05))
    assert (rmse.verdict, mae.verdict) == (Verdict.BREACHED, Verdict.PASSED)


def test_what_chance_explains_is_undecided(ask: Ask) -> None:
    settings = {"baseline": {"accuracy": 0.9, "f1": 0.9}}
    report = ask("performance", None, labelled(0.85, 200), settings, **NAMED)
    accuracy = finding(report, "accuracy")
    assert accuracy.verdict is Verdict.UNDECIDED
    assert "chance explains it" in accuracy.reason
    assert "-5.6% of a baseline of 0.9" in accuracy.reason


@pytest.mark.parametrize("baseline", [0, -1])
def test_nothing_is_relative_to_no_baseline(ask: Ask, baseline: float) -> None:
    settings = {"baseline": {"accuracy": baseline}, "metrics": ["accuracy"]}
    report = ask("performance", None, labelled(0.9), settings, **NAMED)
    assert report.verdict is Verdict.UNDECIDED
    assert finding(report, "accuracy").reason == f"nothing is relative to a baseline of {baseline}"


def test_without_a_baseline_the_value_is_told(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "version_of", lambda _: None)
    report = ask("performance", None, labelled(0.9), **NAMED)
    accuracy = finding(report, "accuracy")
    assert report.verdict is Verdict.UNDECIDED
    assert accuracy.value == pytest.approx(0.9)
    assert accuracy.reason.startswith("no baseline")


@pytest.mark.parametrize(
    ("logged", "baseline"),
    [
        ({"accuracy": 0.8, "val_accuracy": 0.7}, 0.8),
        ({"accuracy_score": 0.7, "training_accuracy_score": 1.0}, 0.7),
        ({"training_accuracy_score": 1.0}, None),
    ],
)
def test_the_baseline_is_what_training_measured_on_other_rows(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, logged: dict[str, float], baseline: float | None
) -> None:
    monkeypatch.setattr(registry, "version_of", lambda _: "a version")
    monkeypatch.setattr(registry, "metrics_of", lambda _: logged)
    report = ask("performance", None, labelled(0.9), {"metrics": ["accuracy"]}, **NAMED)
    limit = finding(report, "accuracy").limit
    assert limit == (baseline and pytest.approx(baseline * 0.95))


BASE = {"baseline": {"accuracy": 0.9, "f1": 0.9, "auc": 0.9}}


@pytest.mark.parametrize(
    ("changed", "data", "measure", "reason"),
    [
        ({"y": 1}, {"score": "s"}, "auc", "the area needs two classes, and the truth has 1"),
        ({"y": range(ROWS)}, {"score": "s"}, "auc", "the truth has 1000"),
        ({"y": None}, {}, "accuracy", "of 0 rows the truth is known"),
        ({"p": math.nan}, {}, "accuracy", "of 0 rows the truth is known"),
        ({}, {"target": None}, "accuracy", "data.target does not say"),
        ({}, {"prediction": None}, "accuracy", "neither data.prediction nor data.score"),
        ({}, {"target": "z"}, "accuracy", "column z is missing in current"),
    ],
)
def test_odd_columns(ask: Ask, changed: dict, data: dict, measure: str, reason: str) -> None:
    rows = labelled(0.9).assign(s=np.linspace(0, 1, ROWS)).assign(**changed)
    found = finding(ask("performance", None, rows, BASE, **{**NAMED, **data}), measure)
    assert found.verdict is Verdict.UNDECIDED
    assert reason in found.reason


def test_only_rows_whose_truth_is_known_count(ask: Ask) -> None:
    late = labelled(0.2).assign(y=None)
    rows = pd.concat([labelled(0.9), late], ignore_index=True)
    report = ask("performance", None, rows, BASE, **NAMED)
    assert finding(report, "accuracy").value == pytest.approx(0.9)
    assert report.samples == {"current": 2 * ROWS}


@pytest.mark.parametrize(
    "answers", [lambda p: p.astype(str), lambda p: p.astype(float), lambda p: p.astype(bool)]
)
def test_labels_are_the_same_whatever_they_are_written_as(ask: Ask, answers: object) -> None:
    rows = labelled(0.9)
    report = ask("performance", None, rows.assign(p=answers(rows["p"])), BASE, **NAMED)
    assert finding(report, "accuracy").value == pytest.approx(0.9)


def test_words_are_labels_too(ask: Ask) -> None:
    rows = labelled(0.9).replace({0: "no", 1: "yes"})
    report = ask("performance", None, rows, BASE, **NAMED)
    assert finding(report, "f1").value == pytest.approx(0.9)
    assert report.verdict is Verdict.PASSED


def test_infinite_answers_are_none(ask: Ask) -> None:
    truth = np.linspace(0, 1, ROWS)
    rows = pd.DataFrame({"y": truth, "p": truth + 0.1})
    rows.loc[:9, "p"] = np.inf
    settings = {"baseline": {"rmse": 0.1, "mae": 0.1}}
    report = ask("performance", None, rows, settings, task="regression", **NAMED)
    assert finding(report, "rmse").value == pytest.approx(0.1)


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(ValidationError, match="acuracy"):
        Settings.model_validate({"metrics": ["acuracy"]})
