"""`modelyard promote` and `rollback`: what is shown, asked and told, whatever the registry is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from tests.cli.conftest import QUICKSTART, Run
from tests.support import shipped

from modelyard.blueprint.errors import RefusedError
from modelyard.contracts.promotion import Ended, Gate, Move, State, Tell, Verdict
from modelyard.engine import promotion

PASSED = Gate(name="auc", verdict=Verdict.PASSED, asked="0.92", found="0.95")
OPEN = Gate(name="approval", verdict=Verdict.OPEN, asked="by one of group:risk")
MOVE = Move(model="churn", before="3", after="7", gates=(PASSED, OPEN), digest="sha256:0f")
DONE = Ended(state=State.DONE, run="churn-promote-x")


@dataclass
class Registry:
    """A registry that answers as it is told, and keeps what it was asked."""

    move: Move = MOVE
    ended: Ended = DONE
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def candidate(self, version: str | None, tell: Tell) -> Move:
        tell("gate: succeeded")
        return self._told("candidate", version, self.move)

    def previous(self, tell: Tell) -> Move:
        return self._told("previous", None, self.move)

    def waiting(self, version: str | None, tell: Tell) -> Move:
        return self._told("waiting", version, self.move)

    def promote(self, move: Move, why: str, tell: Tell) -> Ended:
        return self._told("promote", why, self.ended)

    def roll_back(self, move: Move, why: str, tell: Tell) -> Ended:
        return self._told("roll_back", why, self.ended)

    def approve(self, move: Move, why: str, tell: Tell) -> Ended:
        return self._told("approve", why, self.ended)

    def _told(self, what: str, given: Any, answer: Any) -> Any:
        self.asked.append((what, given))
        return answer


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    it = Registry()
    monkeypatch.setattr(promotion, "promoter_of", lambda plan, name: it)
    return it


def test_what_will_change_is_shown_before_it_is_done(run: Run, registry: Registry) -> None:
    result = run("promote", "quickstart.yaml", "churn", "--why", "better", "--yes")
    assert result.code == 0
    assert registry.asked == [("candidate", None), ("promote", "better")]
    lines = [line.strip() for line in result.out.splitlines() if line.strip()]
    assert lines[0] == "churn: version 3 -> version 7 (sha256:0f)"
    assert any(line.split() == ["auc", "passed", "0.92", "0.95"] for line in lines)
    assert lines[-1] == "churn is at version 7, by churn-promote-x"
    assert "  gate: succeeded" in result.err.splitlines()


def test_a_gate_that_keeps_it_back_changes_nothing(run: Run, registry: Registry) -> None:
    short = replace(PASSED, verdict=Verdict.BREACHED, found="0.9")
    unknown = Gate(name="bias", verdict=Verdict.UNDECIDED)
    registry.move = replace(MOVE, gates=(short, unknown))
    result = run("promote", "quickstart.yaml", "churn", "--yes")
    assert result.code == 1
    assert "kept back by auc, bias: nothing was changed" in result.err
    assert registry.asked == [("candidate", None)]


def test_what_is_there_already_is_not_moved(run: Run, registry: Registry) -> None:
    registry.move = replace(MOVE, before="7")
    result = run("promote", "quickstart.yaml", "churn", "--version", "7", "--yes")
    assert result.code == 0
    assert "at version 7 already: nothing was changed" in result.out
    assert registry.asked == [("candidate", "7")]


def test_who_has_to_approve_and_how_is_said(run: Run, registry: Registry) -> None:
    why = "approved by one of group:risk, who is not ann"
    registry.ended = Ended(state=State.WAITING, run="churn-promote-x", why=why)
    result = run("promote", "quickstart.yaml", "churn", "--yes")
    assert result.code == 0
    assert result.out.splitlines()[-1] == (
        f"churn-promote-x waits to be {why}. Next: modelyard promote quickstart.yaml churn "
        "--approve"
    )


def test_somebody_approves_what_waits(run: Run, registry: Registry) -> None:
    result = run("promote", "quickstart.yaml", "churn", "--approve", "--why", "seen", "--yes")
    assert result.code == 0
    assert registry.asked == [("waiting", None), ("approve", "seen")]


def test_going_back_is_one_command(run: Run, registry: Registry) -> None:
    result = run("rollback", "quickstart.yaml", "churn", "--why", "errors", "--yes")
    assert result.code == 0
    assert registry.asked == [("previous", None), ("roll_back", "errors")]


def test_a_failure_says_where_and_what_next(run: Run, registry: Registry) -> None:
    registry.ended = Ended(state=State.FAILED, run="r", why="move-alias: no registry")
    result = run("rollback", "quickstart.yaml", "churn", "--yes")
    assert result.code == 1
    assert "r failed at move-alias: no registry" in result.err
    assert "modelyard rollback quickstart.yaml churn" in result.err


def test_machines_read_json_and_nothing_else(run: Run, registry: Registry) -> None:
    result = run("promote", "quickstart.yaml", "churn", "--yes", "--format", "json")
    told = json.loads(result.out)
    assert told["move"]["gates"][0] == {
        "name": "auc",
        "verdict": "passed",
        "asked": "0.92",
        "found": "0.95",
    }
    assert told["ended"]["state"] == "done"


def test_a_refusal_is_words(run: Run, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: Any) -> Ended:
        raise RefusedError("nobody approves what they asked for themselves")

    monkeypatch.setattr(registry, "promote", refuse)
    result = run("promote", "quickstart.yaml", "churn", "--yes")
    assert result.code == 1
    assert result.err.splitlines()[-1] == "error: nobody approves what they asked for themselves"


def test_nobody_can_be_asked_without_a_terminal(run: Run, registry: Registry) -> None:
    assert run("promote", "quickstart.yaml", "churn").code == 2
    assert registry.asked == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("churn", "nothing stands between a version of 'churn' and production"),
        ("chrn", "there is no model 'chrn'"),
    ],
)
def test_models_that_nobody_promotes_are_refused(name: str, said: str, run: Run) -> None:
    result = run("promote", "quickstart.yaml", name, "--yes")
    assert result.code == 2
    assert said in result.err


def test_the_nearest_name_is_said(run: Run, folder: Any) -> None:
    waits = 'champion", promote: {approval: required}}'
    people = "access: {approvers: ['group:risk']}\n"
    promoted = people + QUICKSTART.replace('champion"}', waits)
    (folder / "gated.yaml").write_text(promoted)
    result = run("rollback", "gated.yaml", "chrn", "--yes")
    assert (result.code, "did you mean 'churn'?" in result.err) == (2, True)


@pytest.mark.parametrize("command", ["promote", "rollback"])
def test_where_no_model_is_promoted_the_way_to_one_is_named(run: Run, command: str) -> None:
    result = run(command, str(shipped.FOLDER / "quickstart.yaml"), "nope", "--yes")
    assert result.code == 2
    assert "there is no model 'nope', and none is promoted. Next: add `promote: " in result.err
