"""Policies on the command line: `plan` shows them and stops, `scan` lists what is wrong."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import QUICKSTART, Run

from modelyard.policies.organisation import FILE

STRICT = "levels: {supply-image-digest: mandatory}\n"
RULE = "supply-image-digest"


def _waived(reason: str, days: int = 30) -> str:
    until = date.today() + timedelta(days=days)
    return (
        f"waivers:\n  - {{rule: {RULE}, resource: 'quickstart-*', reason: {reason}, "
        f"until: {until}}}\n"
    )


def _policies(run: Run, *arguments: object) -> Any:
    return json.loads(run("plan", "quickstart.yaml", "--format", "json", *arguments).out)[
        "policies"
    ]


def test_the_plan_shows_what_is_kept_and_what_is_broken(run: Run) -> None:
    found = _policies(run)
    assert found["blocks"] is False
    assert found["passed"]["workload-non-root"] > 5
    assert {each["rule"] for each in found["failed"]} == {RULE}
    assert found["failed"][0]["level"] == "advisory"
    assert found["failed"][0]["fix"]
    assert (found["waived"], found["off"]) == ([], {})
    text = run("plan", "quickstart.yaml").out
    for said in ("Policies", "Broken policies", RULE, "advisory"):
        assert said in text


def test_a_mandatory_one_that_is_broken_is_exit_code_1(run: Run, tmp_path: Path) -> None:
    Path(FILE).write_text(STRICT)
    for form in ("text", "json", "markdown", "html"):
        assert run("plan", "quickstart.yaml", "--format", form).code == 1
    assert "1 mandatory broken" in run("plan", "quickstart.yaml", "--format", "markdown").out
    given = tmp_path / "given.yaml"
    given.write_text("levels: {}\n")
    assert run("plan", "quickstart.yaml", "--policies", given).code == 0


def test_a_waiver_is_shown_with_reason_and_last_day(run: Run) -> None:
    Path(FILE).write_text(STRICT + _waived("Charts name tags"))
    result = run("plan", "quickstart.yaml", "--format", "markdown")
    assert result.code == 0
    assert "<strong>Waived policies</strong>" in result.out
    assert "Charts name tags" in result.out
    (first, *_) = _policies(run)["waived"]
    assert (first["reason"], first["waived_by"]) == ("Charts name tags", FILE)
    Path(FILE).write_text(STRICT + _waived("Charts name tags", days=-1))
    ended = run("plan", "quickstart.yaml")
    assert ended.code == 1
    assert "counts no more" in " ".join(ended.out.split())


def test_markup_in_a_reason_stays_text(run: Run) -> None:
    Path(FILE).write_text(STRICT + _waived("'<img src=x> | [a](b)'"))
    markdown = run("plan", "quickstart.yaml", "--format", "markdown").out
    assert r"\<img src=x\> \| \[a\](b)" in markdown
    page = run("plan", "quickstart.yaml", "--format", "html").out
    assert "<img" not in page


def test_a_team_cannot_loosen_it(run: Run) -> None:
    Path(FILE).write_text(STRICT)
    Path("quickstart.yaml").write_text(QUICKSTART + f"\npolicies: {{levels: {{{RULE}: off}}}}\n")
    for command in ("plan", "scan"):
        result = run(command, "quickstart.yaml")
        assert result.code == 2
        assert "is mandatory by" in result.err


def test_scan_without_checkov(run: Run) -> None:
    result = run("scan", "quickstart.yaml", "--without-checkov", "--format", "json")
    assert result.code == 0
    found = json.loads(result.out)
    assert {each["subject"] for each in found["findings"]} == {RULE}
    assert run("scan", "quickstart.yaml", "--without-checkov", "--strict").code == 1
    assert (
        "## Findings"
        in run("scan", "quickstart.yaml", "--without-checkov", "--format", "markdown").out
    )


def test_scan_merges_what_checkov_says(run: Run, tmp_path: Path) -> None:
    failed = {
        "check_id": "CKV_K8S_43",
        "check_name": "Image should use digest",
        "resource": "Deployment.quickstart-platform.mlflow",
        "file_path": "/objects.yaml",
    }
    report = json.dumps({"results": {"failed_checks": [failed], "passed_checks": []}})
    script = tmp_path / "checkov"
    script.write_text(f"#!/bin/sh\necho '{report}'\n")
    script.chmod(0o755)
    result = run("scan", "quickstart.yaml", "--checkov", script, "--format", "json")
    found = [each for each in json.loads(result.out)["findings"] if "CKV_K8S_43" in each["sources"]]
    assert [(each["subject"], each["name"]) for each in found] == [(RULE, "quickstart-registry")]


def test_scan_says_where_checkov_comes_from(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("MODELYARD_CHECKOV", raising=False)
    result = run("scan", "quickstart.yaml")
    assert result.code == 3
    assert "--without-checkov" in result.err
