"""`modelyard schema`."""

from __future__ import annotations

from pathlib import Path

import click

EXAMPLE = "Example: modelyard schema --out blueprints/blueprint.schema.json"


@click.command(epilog=EXAMPLE)
@click.option("--out", type=click.Path(path_type=Path), help="File to write; standard output else.")
def command(out: Path | None) -> None:
    """Print the JSON Schema of blueprints; editors complete and check against it."""
    from modelyard.blueprint.schema import text

    if out is None:
        click.echo(text(), nl=False)
    else:
        out.write_text(text(), encoding="utf-8")
        click.echo(f"wrote {out}")
