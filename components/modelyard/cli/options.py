"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

blueprint = click.argument("blueprint", type=click.Path(path_type=Path))
blueprints = click.argument("blueprints", type=click.Path(path_type=Path), nargs=-1, required=True)
environment = click.option(
    "-e", "--environment", metavar="ENV", help="Environment whose overlay applies."
)


def format(*formats: str) -> Any:
    """`--format`, the first being the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="Form of the output.",
    )
