"""Runs commands in this process, or, where streams and signals matter, in one of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from modelyard.cli.app import app

QUICKSTART = """\
modelyard: 1
name: quickstart
team: {owner: ml@example.com, domain: demo}
sites: {local: {kind: kubernetes}}
models: [{name: churn, type: predictive, source: "models:/churn@champion"}]
"""


@dataclass(frozen=True)
class Result:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a blueprint that holds."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quickstart.yaml").write_text(QUICKSTART)
    return tmp_path


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `modelyard ARGS` in the folder; standard input is empty."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def run(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["modelyard", *map(str, arguments)])
        code = app()
        said = capsys.readouterr()
        return Result(code, said.out, said.err)

    return run


def process(
    *arguments: object, cwd: Path, stdout: int = subprocess.PIPE, **environment: str
) -> subprocess.Popen[str]:
    """Start `modelyard ARGS` in a process of its own, without a terminal."""
    script = "import sys; from modelyard.cli import main; sys.argv[0] = 'modelyard'; main()"
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
