"""`modelyard diff` with what the real engine keeps of a platform."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import QUICKSTART, process
from tests.engine.backend import Backend
from tests.support import shipped

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(quick: Backend, tmp_path: Path) -> Run:
    """Run `modelyard ARGS` on a backend, beside a blueprint; no cluster answers."""
    (tmp_path / "quickstart.yaml").write_text(QUICKSTART)
    nowhere = {"KUBECONFIG": str(tmp_path / "no-kubeconfig"), "COLUMNS": "80"}

    def run(*arguments: object) -> tuple[int, str, str]:
        started = process(*arguments, cwd=tmp_path, **quick.environment(), **nowhere)
        try:
            out, err = started.communicate(timeout=180)
        except subprocess.TimeoutExpired:
            started.kill()
            raise
        return started.returncode, out, err

    return run


def _diff(run: Run) -> tuple[int, Any]:
    code, out, err = run("diff", "quickstart.yaml", "--deployed", "--format", "json")
    assert out, err
    return code, json.loads(out)


def test_what_is_deployed_is_compared_with_its_blueprint(run: Run, tmp_path: Path) -> None:
    code, _, err = run("up", "quickstart.yaml", "--yes", "--skip-preview")
    assert code == 0, err
    code, found = _diff(run)
    assert (code, found["resources"]) == (0, [])
    changed = QUICKSTART.replace('champion"', 'champion", serve: {replicas: {min: 2, max: 2}}')
    (tmp_path / "quickstart.yaml").write_text(changed)
    code, found = _diff(run)
    assert code == 0
    server = next(each for each in found["resources"] if each["kind"] == "apps/v1:Deployment")
    assert (server["name"], server["verb"]) == ("quickstart-serving-churn", "update")
    assert {"path": "spec.replicas", "before": 1, "after": 2} in server["edits"]


def test_without_a_stack_it_says_so(run: Run) -> None:
    code, out, err = run("diff", "quickstart.yaml", "--deployed")
    assert (code, out) == (3, "")
    assert "stack" in err


@pytest.mark.parametrize("blueprint", ["aws-small-team.yaml", "gcp-small-team.yaml"])
def test_a_platform_on_a_cloud_stands_as_planned(run: Run, tmp_path: Path, blueprint: str) -> None:
    shutil.copy(shipped.FOLDER / blueprint, tmp_path)
    code, _, err = run("up", blueprint, "--yes", "--skip-preview", "--stack", "cloud")
    assert code == 0, err
    code, out, err = run("diff", blueprint, "--stack", "cloud", "--format", "json")
    assert (code, json.loads(out)["resources"]) == (0, []), err
