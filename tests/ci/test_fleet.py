"""Many reviews: one that goes wrong is a row of its own, and the others go on."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ci import misbehaving

from modelyard.cli.ci import reviewing
from modelyard.cli.ci.fleet import Fleet, cores
from modelyard.cli.ci.outcome import Outcome, Status
from modelyard.cli.ci.task import Task
from modelyard.cli.ci.touched import Touched

WRONG = {
    "killed": "its process ended by itself, with exit code -9",
    "exits": "its process ended by itself, with exit code 7",
    "hangs": "it took longer than 8 seconds",
    "grows": "it needs more than 1,024 MiB of memory",
    "raises": r"RuntimeError: it \x1b[31mbroke\n\x3a:error::x",
    "refuses": "ModelyardError: no",
}


def _task(path: str, root: Path) -> Task:
    why = Touched(path, path, ("changed",))
    return Task(why, str(root), "0" * 40, "main", None, None, False, str(root / "out"))


def test_one_that_goes_wrong_leaves_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviewing, "review", misbehaving.review)
    paths = ["a", *WRONG, "b", "folder", "c"]
    tasks = [_task(path, tmp_path) for path in paths]
    told: list[tuple[Outcome, ...]] = []
    found = Fleet(2, 8, 1024).review(tasks, str(tmp_path), told.append)
    assert [each.path for each in found] == ["a", "a", *WRONG, "b", "b", "folder", "c", "c"]
    assert {o.path: o.why for o in found if o.status is Status.FAILED} == WRONG
    assert [o.why for o in found if o.path == "folder"] == [str(tmp_path)]
    assert sorted(outcomes[0].path for outcomes in told) == sorted(paths)


def test_nothing_to_review_starts_nothing() -> None:
    assert Fleet(2, 3, 1024).review([], "/", lambda _: None) == []
    assert cores() >= 1
