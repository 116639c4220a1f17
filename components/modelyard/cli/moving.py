"""What `promote` and `rollback` have in common: what is shown before, asked, and told after."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from modelyard.blueprint.errors import one_line
from modelyard.cli.messages import show_problems
from modelyard.cli.opening import confirm
from modelyard.contracts.promotion import Ended, Move, State, Tell

if TYPE_CHECKING:
    from modelyard.contracts.promotion import Promoter


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the command line said."""

    blueprint: Path
    environment: str | None
    model: str
    form: str
    yes: bool

    def command(self, verb: str, more: str = "") -> str:
        """The command line that does `verb` to the same model."""
        flag = f" -e {self.environment}" if self.environment else ""
        return f"modelyard {verb} {self.blueprint} {self.model}{flag}{more}"


def promoter(asked: Asked) -> Promoter:
    """What moves the model's version. Raises ModelyardError as planning does."""
    from modelyard.engine.promotion import promoter_of
    from modelyard.program import plan_file

    planned = plan_file(asked.blueprint, asked.environment)
    if planned.warnings and asked.form == "text":
        show_problems(planned.warnings)
    return promoter_of(planned.plan, asked.model)


def carried_out(
    asked: Asked, verb: str, move: Move, question: str, carry_out: Callable[[Move, Tell], Ended]
) -> int:
    """Show what will change, ask, do it, and say what came of it. The exit code."""
    if asked.form == "text":
        _show(move)
    if why := _nothing(move):
        return _told(asked, move, None, why)
    confirm(question, asked.yes)
    ended = carry_out(move, tell)
    return _told(asked, move, ended, _said(asked, verb, move, ended))


def tell(step: str) -> None:
    """A step, as it is made; what is read by machines stays apart from it."""
    click.echo(f"  {one_line(step)}", err=True)


def _nothing(move: Move) -> str:
    """Why there is nothing to do; empty where there is."""
    if move.kept_back:
        names = ", ".join(gate.name for gate in move.kept_back)
        return f"kept back by {names}: nothing was changed"
    if move.before == move.after and not move.candidate:
        return f"{move.model} is at version {move.after} already: nothing was changed"
    return ""


def _show(move: Move) -> None:
    from modelyard.review.table import Table
    from modelyard.review.terminal import show_table

    digest = f" ({move.digest})" if move.digest else ""
    before = f"version {move.before}" if move.before else "no version"
    click.echo(one_line(f"{move.model}: {before} -> {_version(move)}{digest}"))
    rows = tuple((gate.name, str(gate.verdict), gate.asked, gate.found) for gate in move.gates)
    if rows:
        show_table(Table("Gates", ("gate", "verdict", "asked", "found"), rows), Console())


def _version(move: Move) -> str:
    return f"{'candidate' if move.candidate else 'version'} {move.after}"


def _said(asked: Asked, verb: str, move: Move, ended: Ended) -> str:
    if ended.state is State.DONE:
        then = f". Next: {ended.next}" if ended.next else ""
        return f"{move.model} is at {_version(move)}, by {ended.run}{then}"
    if ended.state is State.WAITING:
        again = asked.command("promote", " --approve")
        return f"{ended.run} waits to be {ended.why}. Next: {again}"
    next = ended.next or f"mend it, then run `{asked.command(verb)}`"
    return f"{ended.run} failed at {ended.why}: the alias is where it was. Next: {next}"


def _told(asked: Asked, move: Move, ended: Ended | None, said: str) -> int:
    failed = bool(move.kept_back) or (ended is not None and ended.state is State.FAILED)
    if asked.form == "json":
        known = {"move": move.json(), "ended": ended and ended.json(), "said": said}
        click.echo(json.dumps(known, indent=2, ensure_ascii=False))
    else:
        click.echo(one_line(said), err=failed)
    return 1 if failed else 0
