"""`modelyard promote`."""

from __future__ import annotations

from pathlib import Path

import click

from modelyard.cli import options

EXAMPLE = "Example: modelyard promote blueprints/finance.yaml chargeback -e prod --version 7"


@click.command(epilog=EXAMPLE)
@options.blueprint
@click.argument("model")
@click.option("--version", metavar="N", help="The version; the newest candidate otherwise.")
@click.option("--approve", is_flag=True, help="Approve what somebody else has asked for.")
@options.why
@options.environment
@options.format("text", "json")
@options.yes
def command(
    blueprint: Path,
    model: str,
    version: str | None,
    approve: bool,
    why: str,
    environment: str | None,
    form: str,
    yes: bool,
) -> int:
    """Let a version of MODEL of BLUEPRINT into production.

    Shows what will change and what each gate says, and asks. The registry decides who may: where
    an approval is required, somebody else of the approvers gives it with `--approve`. Exits with 1
    where a gate keeps the version back, and changes nothing then.
    """
    from modelyard.cli.moving import Asked, carried_out, promoter, tell

    asked = Asked(blueprint=blueprint, environment=environment, model=model, form=form, yes=yes)
    moves = promoter(asked)
    if approve:
        move = moves.waiting(version, tell)
        question = f"Approve version {move.after} of {model}?"
        return carried_out(asked, "promote", move, question, lambda m, t: moves.approve(m, why, t))
    move = moves.candidate(version, tell)
    question = f"Promote {model} to version {move.after}?"
    return carried_out(asked, "promote", move, question, lambda m, t: moves.promote(m, why, t))
