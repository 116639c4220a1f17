"""Feast's command, played by a script that writes down how it was called."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asking import finding

from modelyard_jobs.config import Config, Model
from modelyard_jobs.errors import Unavailable
from modelyard_jobs.materialize import Settings, run
from modelyard_jobs.verdict import Report, Verdict

END = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)


@pytest.fixture
def feast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the script is found first."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def installed(folder: Path, script: str) -> None:
    path = folder / "feast"
    path.write_text(f'#!/bin/sh\necho "$@" > {folder}/called\n{script}\n')
    path.chmod(0o755)


def materialized(**settings: object) -> Report:
    return run(Config(job="materialize", model=Model(name="features")), Settings(**settings))


def test_it_is_called_with_folder_and_end(feast: Path) -> None:
    installed(feast, "exit 0")
    report = materialized(repo="/repo", end=END, views=("customers",))
    assert report.verdict is Verdict.PASSED
    called = "--chdir /repo materialize-incremental 2026-11-26T08:30:00 --views customers"
    assert (feast / "called").read_text().strip() == called
    assert report.facts == {"end": "2026-11-26T08:30:00+00:00"}


def test_what_it_says_last_is_the_reason(feast: Path) -> None:
    installed(feast, "echo reading >&2; echo 'RedisError: no route' >&2; exit 1")
    report = materialized()
    assert report.verdict is Verdict.BREACHED
    assert finding(report, "materialized").reason == "reading | RedisError: no route"


def test_it_is_given_up_in_the_end(feast: Path) -> None:
    installed(feast, "exec sleep 60")
    reason = finding(materialized(timeout=0.2), "materialized").reason
    assert reason == "given up after 0.2 s"


def test_without_feast_it_says_where_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unavailable, match="run the job in Feast's image"):
        materialized()
