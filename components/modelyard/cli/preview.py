"""`modelyard preview`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from modelyard.cli import options
from modelyard.cli.messages import show_json

EXAMPLE = "Example: modelyard preview blueprints/finance.yaml -e prod"


@click.command(epilog=EXAMPLE)
@options.blueprint
@options.environment
@options.stack
@options.parallel
@options.format("text", "json", "markdown")
def command(
    blueprint: Path, environment: str | None, stack: str | None, parallel: int, form: str
) -> int:
    """Ask Pulumi's engine and the providers what `up` would do with BLUEPRINT.

    Unlike `plan` it compares with what is deployed; it needs the engine, its plugins and the sites.
    """
    from modelyard.cli.opening import opened
    from modelyard.cli.previewing import previewed

    with opened(blueprint, environment, stack, create=True) as held:
        seen = previewed(held, parallel, quiet=form != "text")
    if seen.failed is not None:
        return seen.failed
    if form == "json":
        changes = [change.json() for change in seen.changes]
        show_json({"stack": held.stack.name, "changes": changes})
    elif form == "markdown":
        from modelyard.review.markdown import table_text

        click.echo("\n\n".join(map(table_text, seen.tables())))
    else:
        seen.show(Console())
    return 0
