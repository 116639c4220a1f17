"""Runs Checkov over plans and manifests, in an environment of its own: it cannot share Pulumi's."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelyard.blueprint.errors import ModelyardError

_OPTIONS = ("--output", "json", "--skip-download", "--compact", "--soft-fail")
_OFFLINE = {"BC_SKIP_MAPPING": "TRUE", "CHECKOV_RUN_SCA_PACKAGE_SCAN_V2": "false"}

Command = str | os.PathLike[str]


class CheckovError(ModelyardError):
    """Checkov could not be run, or did not read what it was given."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A check that a resource fails.

    `address` is Terraform's (`aws_s3_bucket.fraud-artifacts`), or `Kind.namespace.name`.
    """

    check: str
    address: str
    title: str

    def __str__(self) -> str:
        return f"{self.check} {self.address}: {self.title}"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What Checkov says of one plan, or of the manifests of one platform."""

    resources: int
    """How many resources some check looked at."""
    passed: int
    failed: tuple[Failed, ...]


def scan_plans(command: Command, plans: Mapping[str, Any]) -> Mapping[str, Scanned]:
    """What Checkov, run as `command`, says of Terraform plans by name.

    It asks nobody over the network. Raises CheckovError if it cannot be run or cannot read a plan.
    """
    files = {f"{name}.json": json.dumps(plan) for name, plan in plans.items()}
    found = _scan(command, "terraform_plan", files)
    return {name: found[f"{name}.json"] for name in plans}


def scan_manifests(
    command: Command, manifests: Mapping[str, Iterable[Mapping[str, Any]]]
) -> Mapping[str, Scanned]:
    """What Checkov says of Kubernetes objects by the name of their platform; errors as above."""
    files = {f"{name}.yaml": _documents(objects) for name, objects in manifests.items()}
    found = _scan(command, "kubernetes", files)
    return {name: found[f"{name}.yaml"] for name in manifests}


def _documents(objects: Iterable[Mapping[str, Any]]) -> str:
    """YAML of several documents; JSON is YAML."""
    return "\n---\n".join(json.dumps(manifest, indent=1) for manifest in objects)


def _scan(command: Command, framework: str, files: Mapping[str, str]) -> Mapping[str, Scanned]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        asked = ("--directory", folder, "--framework", framework, *_OPTIONS)
        report = _report(_absolute(command), *asked, cwd=folder)
    results = report.get("results", {})
    if results.get("parsing_errors"):
        raise CheckovError(f"Checkov cannot read {', '.join(results['parsing_errors'])}")
    return {name: _scanned(results, f"/{name}") for name in files}


def _absolute(command: Command) -> str:
    """The command, wherever it is run; a bare name is for PATH to find."""
    text = os.fspath(command)
    return os.path.abspath(text) if os.path.dirname(text) else text


def _report(command: str, *arguments: str, cwd: str) -> dict[str, Any]:
    """What it says, run in a folder of ours: where it runs, it reads settings, and those may name
    code to run.
    """
    try:
        done = subprocess.run(
            [command, *arguments],
            cwd=cwd,
            env={**os.environ, **_OFFLINE},
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)
    except OSError as error:
        raise CheckovError(f"Checkov cannot be run: {error}") from None
    except (subprocess.CalledProcessError, json.JSONDecodeError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise CheckovError(f"Checkov ended without a report: {said[-500:]}") from None


def _scanned(results: Mapping[str, Any], file: str) -> Scanned:
    passed, failed = (
        [item for item in results.get(key, ()) if item["file_path"] == file]
        for key in ("passed_checks", "failed_checks")
    )
    looked_at = {item["resource"] for item in (*passed, *failed)}
    found = {Failed(i["check_id"], i["resource"], i["check_name"]) for i in failed}
    ordered = sorted(found, key=lambda item: (item.check, item.address))
    return Scanned(len(looked_at), len(passed), tuple(ordered))
