"""Explanations without a registry: any kind of column, any number of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from asking import Ask, finding

from modelyard_jobs import registry
from modelyard_jobs.encoding import Encoding
from modelyard_jobs.explain import Settings, _importances
from modelyard_jobs.verdict import Verdict

ROWS = pd.DataFrame(
    {
        "n": [1.5, np.nan, 3.0],
        "i": [1, 2, 3],
        "t": ["a", None, "b"],
        "c": pd.Categorical(["x", "y", "x"]),
        "b": [True, False, True],
    }
)


def test_rows_come_back_as_they_went() -> None:
    encoding = Encoding.of(ROWS, ROWS)
    numbers = encoding.encoded(ROWS)
    assert numbers.dtype == "float64"
    pd.testing.assert_frame_equal(encoding.decoded(numbers), ROWS)


class Sum:
    """A model of many columns that goes by the first alone."""

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        return rows.iloc[:, 0].to_numpy() * 2


@pytest.mark.parametrize("columns", [3, 12])
def test_few_features_and_many(columns: int) -> None:
    """Beyond ten SHAP permutes; below, it looks at every combination."""
    draw = np.random.default_rng(0)
    rows = pd.DataFrame(draw.normal(size=(40, columns)), columns=[f"f{i}" for i in range(columns)])
    old, new = _importances(Sum(), rows, rows, Settings(rows=20, background=10))
    assert old["f0"] == new["f0"] == pytest.approx(1)
    assert new.sum() == pytest.approx(1)


class Words:
    """A model whose answers are no numbers."""

    class metadata:  # noqa: N801
        @staticmethod
        def get_input_schema() -> None:
            return None

    def predict(self, rows: pd.DataFrame) -> list[str]:
        return ["yes"] * len(rows)


def test_answers_that_are_no_numbers(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "version_of", lambda _: "a version")
    monkeypatch.setattr(registry, "loaded", lambda _: Words())
    rows = pd.DataFrame({"a": range(300), "b": range(300)})
    found = finding(ask("explain", rows, rows), "importance")
    assert found.verdict is Verdict.UNDECIDED
    assert "does not answer these rows with numbers" in found.reason
