"""`modelyard verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from modelyard.cli import options
from modelyard.cli.messages import show_json

if TYPE_CHECKING:
    from modelyard.engine.verify import Verification

EXAMPLE = "Example: modelyard verify blueprints/finance.yaml -e prod --format json"


@click.command(epilog=EXAMPLE)
@options.blueprint
@options.environment
@options.stack
@options.format("text", "json", "markdown")
@click.option("--gone", is_flag=True, help="Prove that nothing is left, after `destroy`.")
def command(
    blueprint: Path, environment: str | None, stack: str | None, form: str, gone: bool
) -> int:
    """Say whether what is deployed of BLUEPRINT is what is planned, and whether it is ready.

    Looks into the stack's state and at the sites themselves; changes nothing. Exits with 1 for
    anything missing, not ready, drifted, or extra.
    """
    from modelyard.cli.opening import opened
    from modelyard.engine.verify import verify, verify_gone

    with opened(blueprint, environment, stack, create=gone) as held:
        if gone:
            return report(verify_gone(held.plan, held.state), form, "nothing is left")
        verification = verify(held.plan, held.graph, held.state, held.parts)
    return report(
        verification, form, f"{verification.resources} resources are as planned, and ready"
    )


def report(verification: Verification, form: str, fine: str) -> int:
    """Show what was found. The exit code."""
    if form == "json":
        found = [deviating.json() for deviating in verification.deviations]
        content = {"resources": verification.resources, "deviations": found}
        show_json(content)
    else:
        if verification.deviations:
            _show(verification, form)
        if verification.fine:
            click.echo(fine)
    return 0 if verification.fine else 1


def _show(verification: Verification, form: str) -> None:
    from modelyard.review.verification import table

    if form == "markdown":
        from modelyard.review.markdown import table_text

        click.echo(table_text(table(verification)))
    else:
        from modelyard.review.terminal import show_table

        show_table(table(verification), Console())
