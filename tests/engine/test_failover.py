"""The command `failover` on Pulumi's engine, from the first deployment to the way back."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import process
from tests.engine.backend import Backend
from tests.support import shipped

FILE = "active-passive.yaml"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(quick: Backend, tmp_path: Path) -> Run:
    """Run `modelyard ARGS` on a backend, beside the blueprint; no cluster answers."""
    shutil.copy(shipped.FOLDER / FILE, tmp_path / FILE)

    def run(*arguments: object) -> tuple[int, str, str]:
        nowhere = {"KUBECONFIG": str(tmp_path / "no-kubeconfig"), "COLUMNS": "80"}
        environment = {**quick.environment(), **nowhere}
        started = process(*arguments, cwd=tmp_path, stdout=subprocess.PIPE, **environment)
        out, err = started.communicate(timeout=300)
        return started.returncode, out, err

    return run


def settings(folder: Path) -> str:
    return (folder / "Pulumi.quotes.yaml").read_text(encoding="utf-8")


def test_requests_go_there_and_come_back_and_nothing_else_changes(run: Run, tmp_path: Path) -> None:
    code, _, err = run("up", FILE, "--yes", "--skip-preview")
    assert code == 0, err
    code, out, err = run("failover", FILE, "motor", "--to", "west", "--yes")
    assert code == 0, err
    assert "3 updated" in out
    assert "failover:motor: west" in settings(tmp_path)
    code, out, _ = run("up", FILE, "--yes", "--skip-preview")
    assert "nothing changed" in out, "whoever deploys meanwhile leaves it so"
    code, out, err = run("failover", FILE, "--all", "--back", "--yes")
    assert code == 0, err
    assert "3 updated" in out
    assert "failover" not in settings(tmp_path)


def test_other_changes_are_not_made_in_passing(run: Run, tmp_path: Path) -> None:
    code, _, err = run("up", FILE, "--yes", "--skip-preview")
    assert code == 0, err
    file = tmp_path / FILE
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("{min: 2, max: 8}", "{min: 3, max: 8}"), encoding="utf-8")
    code, _, err = run("failover", FILE, "motor", "--to", "west", "--yes")
    assert code == 2
    assert "resources that are no routes would change as well" in " ".join(err.split())
    assert "failover" not in settings(tmp_path), "what is refused is not kept"
