"""A changed model marks those that read it, and the mark keeps their versions back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from test_lifecycle import Churn, churn, found  # noqa: F401

from modelyard_jobs import revalidate
from modelyard_jobs.config import Config, Model
from modelyard_jobs.gate import DRIFT
from modelyard_jobs.revalidate import BECAUSE, MARK, Reader, Settings, standing
from modelyard_jobs.verdict import Finding, Verdict

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
MARKED = {MARK: NOW.isoformat(), BECAUSE: "embedder: run-1"}


def checked(verdict: str, at: datetime) -> dict[str, str]:
    return {"modelyard.bias": verdict, "modelyard.bias.at": at.isoformat()}


def mark(churn: Churn) -> Finding:  # noqa: F811
    reader = Reader(name="churn", registered=churn.name)
    config = Config(job="revalidate", model=Model(name="embedder"))
    [told] = revalidate.run(config, Settings(models=(reader,), because="run-1")).findings
    return told


def test_without_a_mark_nothing_is_said() -> None:
    assert standing({}, BEFORE, ["bias"]) is None


@pytest.mark.parametrize(
    ("tags", "registered", "checks", "verdict"),
    [
        ({}, BEFORE, ["bias"], Verdict.BREACHED),
        ({}, BEFORE, [], Verdict.BREACHED),
        ({}, AFTER, [], Verdict.PASSED),
        (checked("passed", AFTER), BEFORE, ["bias"], Verdict.PASSED),
        (checked("passed", BEFORE), BEFORE, ["bias"], Verdict.BREACHED),
        (checked("undecided", AFTER), BEFORE, ["bias"], Verdict.BREACHED),
        (checked("passed", AFTER), BEFORE, ["bias", "drift"], Verdict.BREACHED),
    ],
)
def test_a_mark_is_lifted_by_what_came_after_it(
    tags: dict[str, str], registered: datetime, checks: list[str], verdict: Verdict
) -> None:
    finding = standing({**MARKED, **tags}, registered, checks)
    assert finding is not None
    assert finding.verdict is verdict
    assert "embedder: run-1" in finding.reason


def test_a_model_without_a_version_needs_no_mark(churn: Churn) -> None:  # noqa: F811
    assert mark(churn).reason == "has no version in production yet"


def test_a_mark_keeps_back_what_was_trained_before_it(churn: Churn) -> None:  # noqa: F811
    churn.promoted(churn.trained(), "first")
    old = churn.trained()
    assert mark(churn).reason == "version 1 is marked"
    told = found(churn.gated(old), "revalidate")
    assert (told.verdict, "embedder: run-1" in told.reason) == (Verdict.BREACHED, True)
    assert churn.promoted(old, "second").verdict is Verdict.BREACHED
    assert churn.in_production() == "1"
    past = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
    churn.client.set_model_version_tag(churn.name, "1", MARK, past)
    fresh = churn.trained()
    assert churn.promoted(fresh, "third").verdict is Verdict.PASSED
    assert churn.in_production() == fresh


def test_a_mark_is_lifted_by_checks_of_what_is_there(churn: Churn) -> None:  # noqa: F811
    churn.promoted(churn.trained(), "first")
    old = churn.trained()
    mark(churn)
    assert churn.gated(old, revalidate=["bias"]).verdict is Verdict.BREACHED
    later = datetime.now(UTC) + timedelta(seconds=5)
    for key, value in checked("passed", later).items():
        churn.client.set_model_version_tag(churn.name, "1", key, value)
    assert churn.gated(old, revalidate=["bias"]).verdict is Verdict.PASSED


def test_nothing_is_let_in_while_what_it_reads_drifts(churn: Churn) -> None:  # noqa: F811
    churn.promoted(churn.trained(), "first")
    churn.client.set_model_version_tag(churn.name, "1", DRIFT, "breached")
    downstream = Reader(name="embedder", registered=churn.name)
    told = found(churn.gated(churn.trained(), reads=[downstream]), "upstream", "embedder")
    assert told.verdict is Verdict.BREACHED
    churn.client.set_model_version_tag(churn.name, "1", DRIFT, "passed")
    assert churn.gated(churn.trained(), reads=[downstream]).verdict is Verdict.PASSED


def test_going_back_is_shown_before_it_is_done(churn: Churn) -> None:  # noqa: F811
    first = churn.promoted(churn.trained(), "first")
    assert first.verdict is Verdict.PASSED
    assert churn.gated("previous").verdict is Verdict.BREACHED
    churn.promoted(churn.trained(), "second")
    report = churn.gated("previous")
    assert report.verdict is Verdict.PASSED
    assert report.facts == {"version": "1", "incumbent": "2"}
