"""Runs Checkov over Terraform plans, in an environment of its own: it cannot share Pulumi's."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelyard.blueprint.errors import ModelyardError

_OPTIONS = ("--framework", "terraform_plan", "--output", "json", "--skip-download", "--compact")
_OFFLINE = {"BC_SKIP_MAPPING": "TRUE", "CHECKOV_RUN_SCA_PACKAGE_SCAN_V2": "false"}


class CheckovError(ModelyardError):
    """Checkov could not be run, or did not read what it was given."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A check that a resource fails. `address` is Terraform's: `aws_s3_bucket.fraud-artifacts`."""

    check: str
    address: str
    title: str

    def __str__(self) -> str:
        return f"{self.check} {self.address}: {self.title}"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What Checkov says of one plan."""

    resources: int
    """How many of its resources some check looked at."""
    passed: int
    failed: tuple[Failed, ...]


def scan(command: str | os.PathLike[str], plans: Mapping[str, Any]) -> Mapping[str, Scanned]:
    """What Checkov, run as `command`, says of plans by name. It asks nobody over the network.

    Raises CheckovError if it cannot be run or cannot read a plan.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, plan in plans.items():
            (Path(folder) / f"{name}.json").write_text(json.dumps(plan), encoding="utf-8")
        report = _report(command, folder)
    if report["summary"]["parsing_errors"]:
        raise CheckovError(f"Checkov cannot read {report['results']['parsing_errors']}")
    return {name: _scanned(report["results"], f"/{name}.json") for name in plans}


def _report(command: str | os.PathLike[str], folder: str) -> dict[str, Any]:
    run = [os.fspath(command), "--directory", folder, "--soft-fail", *_OPTIONS]
    try:
        done = subprocess.run(
            run, env={**os.environ, **_OFFLINE}, capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)
    except OSError as error:
        raise CheckovError(f"Checkov cannot be run: {error}") from None
    except (subprocess.CalledProcessError, json.JSONDecodeError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise CheckovError(f"Checkov ended without a report: {said[-500:]}") from None


def _scanned(results: Mapping[str, Any], file: str) -> Scanned:
    passed, failed = (
        [item for item in results[key] if item["file_path"] == file]
        for key in ("passed_checks", "failed_checks")
    )
    looked_at = {item["resource"] for item in (*passed, *failed)}
    found = {Failed(i["check_id"], i["resource"], i["check_name"]) for i in failed}
    ordered = sorted(found, key=lambda item: (item.check, item.address))
    return Scanned(len(looked_at), len(passed), tuple(ordered))
