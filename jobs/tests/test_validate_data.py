"""Validation: Great Expectations judges, and what fails blocks and is named."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from asking import Ask, finding
from pydantic import ValidationError

from modelyard_jobs.errors import Misconfigured, Unavailable
from modelyard_jobs.validate_data import Settings
from modelyard_jobs.verdict import Verdict

ROWS = pd.DataFrame({"age": [*range(20, 99), None] * 5, "id": range(400)})
NOT_NULL, BETWEEN = "expect_column_values_to_not_be_null", "expect_column_values_to_be_between"


def expect(kind: str, severity: str | None = None, **kwargs: object) -> dict[str, object]:
    return {"type": kind, "kwargs": kwargs, **({"severity": severity} if severity else {})}


def validated(ask: Ask, *expectations: dict[str, object], rows: pd.DataFrame = ROWS) -> object:
    return ask("validate-data", None, rows, {"expectations": expectations})


def test_what_holds_passes(ask: Ask) -> None:
    report = validated(ask, expect(BETWEEN, column="age", min_value=0, max_value=120))
    assert report.verdict is Verdict.PASSED
    assert finding(report, BETWEEN, "age").value == 0


def test_a_failure_names_expectation_and_column(ask: Ask) -> None:
    report = validated(ask, expect(NOT_NULL, column="age"), expect(NOT_NULL, column="id"))
    found = finding(report, NOT_NULL, "age")
    assert report.verdict is Verdict.BREACHED
    assert (found.value, found.limit) == (pytest.approx(5 / 400), 0)
    assert found.reason.startswith("5 of 400 rows")
    assert finding(report, NOT_NULL, "id").verdict is Verdict.PASSED


def test_some_rows_may_be_spared(ask: Ask) -> None:
    report = validated(ask, expect(NOT_NULL, column="age", mostly=0.95))
    assert finding(report, NOT_NULL, "age").limit == pytest.approx(0.05)
    assert report.verdict is Verdict.PASSED


def test_what_was_seen_is_said(ask: Ask) -> None:
    kind = "expect_table_row_count_to_be_between"
    report = validated(ask, expect(kind, min_value=1000))
    assert finding(report, kind).reason == "it is 400"
    assert report.verdict is Verdict.BREACHED


def test_a_missing_column_breaches(ask: Ask) -> None:
    report = validated(ask, expect(NOT_NULL, column="income"))
    assert report.verdict is Verdict.BREACHED
    assert "income" in finding(report, NOT_NULL, "income").reason


def test_a_warning_is_told_and_does_not_block(ask: Ask) -> None:
    warning = expect(NOT_NULL, "warning", column="age")
    report = validated(ask, warning, expect(NOT_NULL, column="id"))
    assert report.verdict is Verdict.PASSED
    found = finding(report, NOT_NULL, "age")
    assert (found.verdict, found.reason[:20]) == (Verdict.UNDECIDED, "warning: 5 of 400 ro")


def test_no_rows_are_not_fit_to_train_on(ask: Ask) -> None:
    """Whatever is expected of every row holds of none."""
    report = validated(ask, expect(NOT_NULL, column="age"), rows=ROWS[:0])
    assert report.verdict is Verdict.UNDECIDED


def test_a_suite_may_lie_in_a_file(ask: Ask, tmp_path: Path) -> None:
    suite = {"name": "rows", "expectations": [expect(NOT_NULL, column="age")], "meta": {}}
    (tmp_path / "suite.json").write_text(json.dumps(suite))
    settings = {"suite": str(tmp_path / "suite.json")}
    assert ask("validate-data", None, ROWS, settings).verdict is Verdict.BREACHED


def test_all_that_is_wrong_with_a_suite_is_said(ask: Ask) -> None:
    with pytest.raises(Misconfigured) as caught:
        validated(
            ask, expect(f"{NOT_NULL}s", column="a"), expect(NOT_NULL, colum="a"), {"kwargs": {}}
        )
    said = str(caught.value)
    assert f"do you mean {NOT_NULL}?" in said
    assert f"{NOT_NULL}: " in said
    assert "colum" in said
    assert "it has no `type`" in said


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (None, Unavailable, "does not answer"),
        ("{}", Misconfigured, "has no list `expectations`"),
        ("{", Misconfigured, "Expecting property name"),
    ],
)
def test_a_suite_that_is_none(
    ask: Ask, tmp_path: Path, content: str | None, error: type[Exception], said: str
) -> None:
    if content is not None:
        (tmp_path / "suite.json").write_text(content)
    with pytest.raises(error, match=said):
        ask("validate-data", None, ROWS, {"suite": str(tmp_path / "suite.json")})


def test_one_of_suite_and_expectations_is_given() -> None:
    for given in ({}, {"suite": "a", "expectations": [{"type": "b"}]}):
        with pytest.raises(ValidationError, match="give either"):
            Settings.model_validate(given)
