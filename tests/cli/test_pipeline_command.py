"""`modelyard pipeline`: what it writes, and for whom it writes nothing."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run
from tests.support import shipped


def test_the_command_writes_them(run: Run, folder: Path) -> None:
    blueprint = shipped.FOLDER / "finance.yaml"
    result = run("pipeline", blueprint, "fraud-scorer", "-e", "prod", "--out", folder / "repo")
    assert result.code == 0
    script = folder / "repo/.modelyard/fraud-scorer/09-production-gate.sh"
    assert script.stat().st_mode & 0o111
    assert f"{blueprint} fraud-scorer -e prod --version" in script.read_text()


def test_a_model_without_gates_has_no_pipeline(run: Run, folder: Path) -> None:
    result = run("pipeline", "quickstart.yaml", "churn", "--out", folder / "repo")
    assert result.code == 2
    assert "'churn' has no gates in the cluster" in result.err
    assert not (folder / "repo").exists()
