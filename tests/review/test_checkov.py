"""How Checkov is run, with a script in its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modelyard.catalog.checkov import Waiver, waivers
from modelyard.review.checkov import CheckovError, Failed, scan_manifests, scan_plans

KEY = {"check_id": "CKV_AWS_7", "check_name": "Rotation", "resource": "aws_kms_key.it"}


def _script(folder: Path, text: str) -> Path:
    script = folder / "checkov"
    script.write_text(f"#!/bin/sh\n{text}\n")
    script.chmod(0o755)
    return script


def _saying(folder: Path, **results: Any) -> Path:
    report = folder / "report.json"
    report.write_text(json.dumps({"results": {"parsing_errors": [], **results}}))
    return _script(folder, f"cat {report}")


def test_what_fails_is_told_apart_by_plan(tmp_path: Path) -> None:
    command = _saying(
        tmp_path,
        passed_checks=[{**KEY, "file_path": "/good.json"}],
        failed_checks=[{**KEY, "file_path": "/bad.json"}],
    )
    found = scan_plans(command, {"good": {}, "bad": {}})
    assert (found["good"].passed, found["good"].failed) == (1, ())
    assert found["bad"].failed == (Failed("CKV_AWS_7", "aws_kms_key.it", "Rotation"),)
    assert str(found["bad"].failed[0]) == "CKV_AWS_7 aws_kms_key.it: Rotation"


def test_it_is_told_to_ask_nobody(tmp_path: Path) -> None:
    report = json.dumps({"results": {}})
    script = _script(tmp_path, f"echo \"$@ $BC_SKIP_MAPPING\" > {tmp_path}/told\necho '{report}'")
    scan_plans(script, {"it": {}})
    told = (tmp_path / "told").read_text()
    assert "--framework terraform_plan" in told
    assert "--skip-download" in told
    assert told.endswith("TRUE\n")


def test_manifests_are_one_file_of_several_documents(tmp_path: Path) -> None:
    report = json.dumps({"results": {}})
    script = _script(tmp_path, f"cat \"$2\"/it.yaml > {tmp_path}/given\necho '{report}'")
    found = scan_manifests(script, {"it": [{"kind": "A"}, {"kind": "B"}]})
    assert (tmp_path / "given").read_text().count("---") == 1
    assert found["it"].resources == 0


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("echo broken >&2; exit 2", "without a report: broken"),
        ("echo nonsense", "without a report"),
    ],
)
def test_no_report_is_an_error(tmp_path: Path, does: str, said: str) -> None:
    with pytest.raises(CheckovError, match=said):
        scan_plans(_script(tmp_path, does), {"it": {}})


def test_no_checkov_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckovError, match="cannot be run"):
        scan_plans(tmp_path / "nowhere", {"it": {}})


def test_a_plan_that_is_not_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckovError, match=r"cannot read /it\.json"):
        scan_plans(_saying(tmp_path, parsing_errors=["/it.json"]), {"it": {}})


def test_a_waiver_covers_its_check_for_its_resources() -> None:
    waiver = Waiver("CKV_AWS_18", ("aws_s3_bucket.*-logs",), "it")
    assert waiver.covers("CKV_AWS_18", "aws_s3_bucket.fraud-logs")
    assert not waiver.covers("CKV_AWS_18", "aws_s3_bucket.fraud-artifacts")
    assert not waiver.covers("CKV_AWS_19", "aws_s3_bucket.fraud-logs")


def test_every_waiver_has_resources_and_a_reason() -> None:
    assert [w.check for w in waivers() if not w.resources or len(w.reason.split()) < 5] == []
