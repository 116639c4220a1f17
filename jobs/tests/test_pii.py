"""Rows with persons in them, and without."""

from __future__ import annotations

import pandas as pd
import pytest
from asking import Ask, finding

from modelyard_jobs.verdict import Verdict

pytest.importorskip("presidio_analyzer")
SOMEBODY = {
    "email": "ann.lee@acme.com",
    "note": "her card is 4111 1111 1111 1111, thanks",
    "account": "DE89 3704 0044 0532 0130 00",
    "phone_number": "+44 20 7946 0958",
}
FINDS = {
    "email": "EMAIL_ADDRESS",
    "note": "CREDIT_CARD",
    "account": "IBAN_CODE",
    "phone_number": "PHONE_NUMBER",
}


def rows(**columns: str) -> pd.DataFrame:
    """Four rows; in the last of them somebody."""
    plain = pd.DataFrame({"age": [30, 40, 50, 60], "plan": ["basic", "plus", "basic", "plus"]})
    for name, value in columns.items():
        plain[name] = ["none", "none", None, value]
    return plain


def test_rows_about_nobody_pass(ask: Ask) -> None:
    report = ask("pii", rows(note="likes the plus plan"))
    assert finding(report, "personal_data").verdict is Verdict.PASSED
    assert report.verdict is Verdict.PASSED


@pytest.mark.parametrize("column", list(SOMEBODY))
def test_somebody_is_found_and_not_shown(ask: Ask, column: str) -> None:
    report = ask("pii", current=rows(**{column: SOMEBODY[column]}))
    found = finding(report, "personal_data", f"{column}.{FINDS[column]}")
    assert found.verdict is Verdict.BREACHED
    assert found.value == 0.25
    assert found.reason == f"{FINDS[column]} in 1 of 4 rows of current"
    assert SOMEBODY[column] not in str(report)


def test_a_number_may_be_of_a_card(ask: Ask) -> None:
    frame = pd.DataFrame({"paid_with": [4111111111111111, 5, 6]})
    assert finding(ask("pii", frame), "personal_data", "paid_with.CREDIT_CARD").value


def test_columns_may_be_allowed(ask: Ask) -> None:
    allowed = {"allowed": ["email"]}
    report = ask("pii", rows(email=SOMEBODY["email"]), settings=allowed)
    assert report.verdict is Verdict.PASSED


def test_both_windows_are_looked_through(ask: Ask) -> None:
    report = ask("pii", rows(), rows(email=SOMEBODY["email"]))
    assert report.samples == {"reference": 4, "current": 4}
    assert report.verdict is Verdict.BREACHED


def test_it_says_that_names_cannot_be_found_without_a_model(ask: Ask) -> None:
    settings = {"entities": ["PERSON"], "names": "no_such_model"}
    report = ask("pii", rows(note="Ann Lee"), settings=settings)
    assert report.verdict is Verdict.UNDECIDED
    assert "no_such_model is not installed" in finding(report, "personal_data", "PERSON").reason


def test_without_rows_nothing_is_said(ask: Ask) -> None:
    assert ask("pii").verdict is Verdict.UNDECIDED
    assert ask("pii", pd.DataFrame({"a": []})).verdict is Verdict.UNDECIDED
