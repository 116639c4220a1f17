"""Drift: what Evidently computes is what a hand computes, and odd columns have their verdict."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from asking import Ask, finding
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from modelyard_jobs.binning import binned
from modelyard_jobs.stability import index, p_value
from modelyard_jobs.verdict import Verdict

ROWS = 1000
EVIDENTLYS_ZERO = 0.0001
"""The share it gives to a bin without rows."""


def normal(seed: int = 0, mean: float = 0, rows: int = ROWS) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, size=rows)


def frames(old: object, new: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.DataFrame({"x": old}), pd.DataFrame({"x": new})


def by_hand(reference: list[str], current: list[str]) -> float:
    total = 0.0
    for name in {*reference, *current}:
        old = reference.count(name) / len(reference) or EVIDENTLYS_ZERO
        new = current.count(name) / len(current) or EVIDENTLYS_ZERO
        total += (old - new) * math.log(old / new)
    return total


@pytest.mark.parametrize("mean", [0, 0.3, 2, 9])
def test_the_index_is_what_a_hand_computes(mean: float) -> None:
    found = binned(pd.Series(normal(1)), pd.Series(normal(2, mean)), bins=10)
    assert len(set(found.reference)) == 10
    assert index(found) == pytest.approx(by_hand(found.reference, found.current))


def test_the_bins_are_tenths_of_the_reference() -> None:
    found = binned(pd.Series(range(100)), pd.Series([-5, 5, 15, 99, 1000]), bins=10)
    assert all(9 <= found.reference.count(name) <= 11 for name in set(found.reference))
    assert found.current == ["bin 0", "bin 0", "bin 1", "bin 9", "bin 9"]


def test_the_test_is_what_scipy_computes_of_the_finite_numbers() -> None:
    old, new = normal(1), normal(2, 0.1)
    holed = np.concatenate([new, [np.nan, np.inf, -np.inf]])
    assert p_value(pd.Series(old), pd.Series(holed)) == pytest.approx(ks_2samp(old, new).pvalue)


@pytest.mark.parametrize(("mean", "verdict"), [(0, Verdict.PASSED), (1, Verdict.BREACHED)])
def test_a_shift_breaches_and_none_does_not(ask: Ask, mean: float, verdict: Verdict) -> None:
    report = ask("drift", *frames(normal(1), normal(2, mean)))
    psi = finding(report, "psi", "x")
    assert (report.verdict, psi.verdict, psi.limit) == (verdict, verdict, 0.2)
    assert report.samples == {"reference": ROWS, "current": ROWS}


def test_the_limit_is_the_fields_and_not_evidentlys(ask: Ask) -> None:
    report = ask("drift", *frames(normal(1), normal(2, 0.38)))
    psi = finding(report, "psi", "x")
    assert psi.value is not None
    assert 0.1 < psi.value < 0.2
    assert report.verdict is Verdict.PASSED
    narrower = ask("drift", *frames(normal(1), normal(2, 0.38)), {"psi": 0.1})
    assert narrower.verdict is Verdict.BREACHED


def test_far_values_do_not_hide_drift(ask: Ask) -> None:
    """With bins of equal width they do: all else is in one of them."""
    amounts = np.exp(normal(1) * 2)
    report = ask("drift", *frames([*amounts, 1e9], [*(amounts * 3), 1e9]))
    assert report.verdict is Verdict.BREACHED


def test_the_test_is_reported_and_breaches_only_where_it_is_set(ask: Ask) -> None:
    windows = frames(normal(1, rows=20_000), normal(2, 0.05, rows=20_000))
    ks = finding(ask("drift", *windows), "ks", "x")
    assert (ks.verdict, ks.limit) == (Verdict.PASSED, None)
    assert ks.value is not None
    assert ks.value < 0.05
    assert ask("drift", *windows, {"ks": 0.05}).verdict is Verdict.BREACHED


def test_the_level_of_the_test_is_shared_by_the_features(ask: Ask) -> None:
    old, new = (pd.DataFrame({c: normal(i + s) for i, c in enumerate("abcd")}) for s in (0, 10))
    report = ask("drift", old, new, {"ks": 0.05})
    assert finding(report, "ks", "a").limit == pytest.approx(0.0125)


def test_a_new_category_is_drift_once_it_is_frequent(ask: Ask) -> None:
    old = ["a"] * 500 + ["b"] * 500
    report = ask("drift", *frames(old, ["a"] * 400 + ["b"] * 400 + ["c"] * 200))
    psi = finding(report, "psi", "x")
    assert (psi.verdict, psi.reason) == (Verdict.BREACHED, "new categories: c")
    rare = ask("drift", *frames(old, ["a"] * 500 + ["b"] * 498 + ["c"] * 2))
    assert finding(rare, "psi", "x").verdict is Verdict.PASSED


ALL, SOME = [None] * ROWS, [None] * 300 + [*normal(2)[:700]]
CASES = {
    "constant in both": ([7.0] * ROWS, [7.0] * ROWS, Verdict.PASSED, ""),
    "constant, then another": ([7.0] * ROWS, [8.0] * ROWS, Verdict.BREACHED, "new categories: 8"),
    "constant, then varied": ([7.0] * ROWS, normal(), Verdict.BREACHED, "new categories"),
    "nothing in the reference": (ALL, normal(), Verdict.UNDECIDED, "the reference has no value"),
    "nothing in the current": (normal(), ALL, Verdict.BREACHED, ""),
    "nothing in either": (ALL, ALL, Verdict.UNDECIDED, "the reference has no value"),
    "some missing, as ever": (SOME, SOME, Verdict.PASSED, ""),
    "many missing now": (normal(), SOME, Verdict.BREACHED, ""),
    "infinities as ever": ([*normal(), np.inf], [*normal(2), -np.inf], Verdict.PASSED, ""),
    "nothing but infinities": ([np.inf] * ROWS, [np.inf] * ROWS, Verdict.UNDECIDED, "no finite"),
    "infinities now": (normal(), [np.inf] * ROWS, Verdict.BREACHED, ""),
    "identifiers": (
        [f"u{i}" for i in range(ROWS)],
        ["u1"] * ROWS,
        Verdict.UNDECIDED,
        "hardly any other",
    ),
    "numbers become text": (normal(), ["oops"] * ROWS, Verdict.BREACHED, ""),
    "numbers as text": ([1, 2] * 500, ["1", "2"] * 500, Verdict.PASSED, ""),
    "whole numbers as floats": (["1", "2"] * 500, [1.0, 2.0] * 500, Verdict.PASSED, ""),
    "truths": ([True, False] * 500, [True] * ROWS, Verdict.BREACHED, ""),
    "lists": ([[1, 2]] * ROWS, [[1, 2]] * ROWS, Verdict.UNDECIDED, "neither numbers nor"),
    "dates": (
        pd.date_range("2026-01-01", periods=ROWS),
        pd.date_range("2027-01-01", periods=ROWS),
        Verdict.UNDECIDED,
        "dates only go forward",
    ),
    "mostly one value": (
        [0] * 950 + [*range(50)],
        [0] * 500 + [*range(1, 51)] * 10,
        Verdict.BREACHED,
        "",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_odd_columns_have_their_verdict(ask: Ask, case: str) -> None:
    old, new, verdict, reason = CASES[case]
    psi = finding(ask("drift", *frames(old, new)), "psi", "x")
    assert psi.verdict is verdict
    assert reason in psi.reason


def test_mixed_types_are_compared_as_text() -> None:
    old, new = pd.Series([1, "a", 2.0] * 100), pd.Series(["1", "a", 2] * 100)
    found = binned(old, new, bins=10)
    assert sorted(set(found.reference)) == sorted(set(found.current)) == ["1", "2", "a"]


def test_a_column_that_one_side_lacks_is_said_and_the_others_are_judged(ask: Ask) -> None:
    old = pd.DataFrame({"x": normal(1), "gone": normal(2)})
    new = pd.DataFrame({"x": normal(3), "came": normal(4)})
    report = ask("drift", old, new)
    assert finding(report, "psi", "gone").reason == "column gone is missing in current"
    assert finding(report, "psi", "came").reason == "column came is missing in reference"
    assert report.verdict is Verdict.PASSED


def test_a_feature_that_is_nowhere_is_said(ask: Ask) -> None:
    report = ask("drift", *frames(normal(1), normal(2)), features=["y"])
    assert report.verdict is Verdict.UNDECIDED
    assert finding(report, "psi", "y").reason == "column y is missing in reference"


def test_small_windows_are_not_judged(ask: Ask) -> None:
    report = ask("drift", *frames(normal(1), normal(2, 5, rows=30)))
    assert report.verdict is Verdict.UNDECIDED
    assert finding(report, "rows", "current").reason == "30 rows, and fewer than 200 are not judged"


def test_empty_windows_are_not_judged(ask: Ask) -> None:
    report = ask("drift", *frames(normal(1), []))
    assert [f.reason for f in report.findings][-1] == "no rows"
    assert report.verdict is Verdict.UNDECIDED


def test_what_chance_explains_is_undecided(ask: Ask) -> None:
    """Forty categories of six rows each: the index of the same distribution is far above 0.2."""
    draw = np.random.default_rng(3)
    old, new = (draw.integers(40, size=240).astype(str) for _ in range(2))
    psi = finding(ask("drift", *frames(old, new)), "psi", "x")
    assert psi.value is not None
    assert psi.value > 0.2
    assert psi.verdict is Verdict.UNDECIDED
    assert "chance explains it" in psi.reason


def test_one_drifted_feature_is_enough_unless_a_share_is_named(ask: Ask) -> None:
    old = pd.DataFrame({c: normal(i) for i, c in enumerate("abcd")})
    new = old.assign(d=normal(9, 3))
    assert ask("drift", old, new).verdict is Verdict.BREACHED
    report = ask("drift", old, new, {"alert_share": 0.5})
    assert report.verdict is Verdict.PASSED
    assert finding(report, "drifted_share").value == 0.25
    assert "counted in drifted_share" in finding(report, "psi", "d").reason
    assert ask("drift", old, new, {"alert_share": 0.2}).verdict is Verdict.BREACHED


def test_rare_categories_that_the_reference_happens_not_to_have_are_not_drift(ask: Ask) -> None:
    """Of many rare values two hundred rows have some; a large window has them all."""
    draw = np.random.default_rng(1573)
    old, new = (draw.zipf(2, size=rows).astype(str) for rows in (200, 20_000))
    psi = finding(ask("drift", *frames(old, new)), "psi", "x")
    assert psi.verdict is Verdict.PASSED
    assert psi.reason.startswith("new categories: ")


# --- answers ---------------------------------------------------------------------------------


def shifted(ask: Ask, old: object, new: object, **data: object) -> list:
    rows = [pd.DataFrame({"x": normal(i)[: len(v)], "p": v}) for i, v in enumerate((old, new))]
    report = ask("drift", *rows, **{"prediction": "p", **data})
    return [f for f in report.findings if f.measure == "prediction_shift"]


def test_a_shift_of_the_mean_score_is_relative(ask: Ask) -> None:
    old = np.full(ROWS, 0.5) + normal(1) * 0.01
    for factor, verdict in ((1.1, Verdict.PASSED), (1.2, Verdict.BREACHED)):
        (found,) = shifted(ask, old, old * factor, prediction=None, score="p")
        assert found.verdict is verdict
        assert found.value == pytest.approx(factor - 1)
        assert found.limit == 0.15


def test_numbers_about_zero_are_relative_to_their_size(ask: Ask) -> None:
    (found,) = shifted(ask, normal(1), normal(2), task="regression")
    assert found.verdict is Verdict.PASSED
    (found,) = shifted(ask, normal(1), normal(2, 0.5), task="regression")
    assert found.verdict is Verdict.BREACHED


@pytest.mark.parametrize(
    ("old", "new", "verdict", "reason"),
    [
        ([0.0] * ROWS, [1.0] * ROWS, Verdict.UNDECIDED, "nothing to be relative to"),
        ([0.5] * ROWS, [0.5] * ROWS, Verdict.PASSED, ""),
        ([0.5] * ROWS, [0.7] * ROWS, Verdict.BREACHED, ""),
        ([0.5] * ROWS, [None] * ROWS, Verdict.UNDECIDED, "no finite answers"),
    ],
)
def test_odd_scores(ask: Ask, old: list, new: list, verdict: Verdict, reason: str) -> None:
    (found,) = shifted(ask, old, new, prediction=None, score="p")
    assert found.verdict is verdict
    assert reason in found.reason


def test_shares_of_classes_are_held_each(ask: Ask) -> None:
    old = ["no"] * 900 + ["yes"] * 100
    found = {f.subject: f for f in shifted(ask, old, ["no"] * 800 + ["yes"] * 200)}
    assert found["no"].verdict is Verdict.PASSED
    assert found["yes"].verdict is Verdict.BREACHED
    assert found["yes"].value == pytest.approx(1.0)


def test_a_rare_class_that_doubles_by_chance_is_undecided(ask: Ask) -> None:
    old, new = ["no"] * 998 + ["yes"] * 2, ["no"] * 996 + ["yes"] * 4
    found = {f.subject: f for f in shifted(ask, old, new)}
    assert found["yes"].verdict is Verdict.UNDECIDED
    assert "chance explains it" in found["yes"].reason


def test_one_class_only(ask: Ask) -> None:
    (found,) = shifted(ask, ["no"] * ROWS, ["no"] * ROWS)
    assert found.verdict is Verdict.PASSED


def test_a_class_that_was_never_answered(ask: Ask) -> None:
    found = {f.subject: f for f in shifted(ask, ["a"] * ROWS, ["a"] * 700 + ["b"] * 300)}
    assert found["(new)"].verdict is Verdict.BREACHED
    assert found["(new)"].reason == "classes that the reference has not: b"


def test_the_rarest_of_many_classes_are_one(ask: Ask) -> None:
    many = [f"c{i % 250}" for i in range(ROWS)]
    found = shifted(ask, many, many)
    assert len(found) == 21
    assert {f.verdict for f in found} == {Verdict.PASSED}


# --- embeddings ------------------------------------------------------------------------------


def vectors(seed: int, mean: float = 0, size: int = 32, rows: int = 400) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).normal(mean, size=(rows, size)))


def drifted(ask: Ask, old: list, new: list) -> object:
    report = ask("drift", *(pd.DataFrame({"v": v}) for v in (old, new)), embedding="v")
    return finding(report, "embedding")


def test_embeddings(ask: Ask) -> None:
    assert drifted(ask, vectors(1), vectors(2)).verdict is Verdict.PASSED
    assert drifted(ask, vectors(1), vectors(2, 1)).verdict is Verdict.BREACHED


def test_embeddings_of_another_model(ask: Ask) -> None:
    found = drifted(ask, vectors(1), vectors(2, size=16))
    assert found.verdict is Verdict.BREACHED
    assert found.reason == "vectors of 32 numbers, now of 16: another model made them"


def test_embeddings_that_are_not_whole(ask: Ask) -> None:
    broken = [np.full(32, np.nan)] * 300 + [None] * 50 + vectors(2, rows=50)
    found = drifted(ask, vectors(1), broken)
    assert found.verdict is Verdict.UNDECIDED
    assert found.reason == "50 vectors in current are whole"


def test_embeddings_in_text(ask: Ask) -> None:
    old, new = ([str(v.tolist()) for v in vectors(seed)] for seed in (1, 2))
    assert drifted(ask, old, new).verdict is Verdict.PASSED


# --- what holds for any numbers --------------------------------------------------------------


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    old=st.integers(200, 2000),
    new=st.integers(200, 2000),
    kind=st.sampled_from(["normal", "lognormal", "poisson", "categories"]),
)
def test_the_same_distribution_is_not_drift(seed: int, old: int, new: int, kind: str) -> None:
    """Of a thousand such windows chance alone makes at most about one a breach."""
    draw = np.random.default_rng(seed)
    drawn = {
        "normal": lambda rows: draw.normal(size=rows),
        "lognormal": lambda rows: draw.lognormal(sigma=3, size=rows),
        "poisson": lambda rows: draw.poisson(3, size=rows),
        "categories": lambda rows: draw.zipf(2, size=rows).clip(max=30).astype(str),
    }[kind]
    found = binned(pd.Series(drawn(old)), pd.Series(drawn(new)), bins=10)
    if index(found) > 0.2:
        assert found.probability() > 1e-5


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(200, 2000),
    scale=st.floats(1e-6, 1e6),
    shift=st.floats(1.5, 100),
)
def test_a_strong_shift_always_is(seed: int, rows: int, scale: float, shift: float) -> None:
    draw = np.random.default_rng(seed)
    old, new = draw.normal(size=(2, rows)) * scale
    found = binned(pd.Series(old), pd.Series(new + shift * scale), bins=10)
    assert index(found) > 0.2
    assert found.probability() < 0.001
