"""What was found in data is told to the version that came of them, as of when it was found."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_lifecycle import Churn, churn  # noqa: F401

from modelyard_jobs import attest
from modelyard_jobs.attest import Settings
from modelyard_jobs.config import Config
from modelyard_jobs.errors import Misconfigured
from modelyard_jobs.output import document
from modelyard_jobs.verdict import Finding, Report, Verdict

FOUND = (
    Finding("personal_data", Verdict.BREACHED, "note.EMAIL_ADDRESS", 0.25, 0, "in 1 of 4 rows"),
    Finding("personal_data", Verdict.UNDECIDED, "", float("nan")),
)
AT = "2026-11-26T12:00:00+00:00"


def told(findings: tuple[Finding, ...] = FOUND) -> dict[str, Any]:
    return {**document(Report("pii", "churn", findings)), "at": AT}


def attested(churn: Churn, version: str | None, text: str) -> Report:  # noqa: F811
    model = churn.model.model_copy(update={"version": version})
    return attest.run(Config(job="attest", model=model), Settings(report=text))


def test_a_version_has_the_verdict_and_the_time_of_the_report(churn: Churn) -> None:  # noqa: F811
    version = churn.trained()
    report = attested(churn, version, json.dumps(told()))
    assert report.verdict is Verdict.PASSED
    tags = churn.client.get_model_version(f"{churn.name}-candidate", version).tags
    assert (tags["modelyard.pii"], tags["modelyard.pii.at"]) == ("breached", AT)
    assert tags["modelyard.measure.personal_data.note.EMAIL_ADDRESS"] == "0.25"


def test_the_gate_holds_a_version_to_it(churn: Churn) -> None:  # noqa: F811
    version = churn.trained()
    assert churn.gated(version, checks=["pii"]).verdict is Verdict.BREACHED
    nobody = Finding("personal_data", Verdict.PASSED, value=0, limit=0)
    attested(churn, version, json.dumps(told((nobody,))))
    assert churn.gated(version, checks=["pii"]).verdict is Verdict.PASSED


def test_a_version_that_is_not_there_cannot_be_told(churn: Churn) -> None:  # noqa: F811
    with pytest.raises(Misconfigured, match="no churn"):
        attested(churn, "7", json.dumps(told()))


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({**told(), "at": "noon"})])
def test_what_is_no_report_is_said_to_be_none(churn: Churn, text: str) -> None:  # noqa: F811
    with pytest.raises(Misconfigured, match="is no report"):
        attested(churn, churn.trained(), text)
