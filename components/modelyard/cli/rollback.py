"""`modelyard rollback`."""

from __future__ import annotations

from pathlib import Path

import click

from modelyard.cli import options

EXAMPLE = "Example: modelyard rollback blueprints/finance.yaml chargeback -e prod --why 'errors'"


@click.command(epilog=EXAMPLE)
@options.blueprint
@click.argument("model")
@options.why
@options.environment
@options.format("text", "json")
@options.yes
def command(
    blueprint: Path, model: str, why: str, environment: str | None, form: str, yes: bool
) -> int:
    """Take MODEL of BLUEPRINT back to the version before.

    Shows which that is, and asks. It passes no gate and waits for no approval: that version has
    been in production.
    """
    from modelyard.cli.moving import Asked, carried_out, promoter, tell

    asked = Asked(blueprint=blueprint, environment=environment, model=model, form=form, yes=yes)
    moves = promoter(asked)
    move = moves.previous(tell)
    question = f"Take {model} back to version {move.after}?"
    return carried_out(asked, "rollback", move, question, lambda m, t: moves.roll_back(m, why, t))
