"""Arguments and options that several commands have."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from modelyard.engine import PARALLEL

blueprint = click.argument("blueprint", type=click.Path(path_type=Path))
blueprints = click.argument("blueprints", type=click.Path(path_type=Path), nargs=-1, required=True)
environment = click.option(
    "-e", "--environment", metavar="ENV", help="Environment whose overlay applies."
)
policies = click.option(
    "--policies",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What the organisation says of policies; else each modelyard.policies.yaml above.",
)
stack = click.option(
    "--stack", metavar="NAME", help="Name of the stack; that of the platform and environment else."
)
parallel = click.option(
    "--parallel",
    type=click.IntRange(1, 512),
    default=PARALLEL,
    show_default=True,
    help="How many resources are worked on at a time.",
)


def _somebody_answers(context: click.Context, option: click.Parameter, yes: bool) -> bool:
    """Refuse at once, and not after minutes, where nobody could be asked."""
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("nobody can be asked here. Next: add --yes")
    return yes


REVIEWS = ("json", "markdown", "html", "sarif", "junit", "mermaid")
"""The keys of `review.rendering.FORMATS`, which is imported when it is used."""

yes = click.option(
    "-y", "--yes", is_flag=True, callback=_somebody_answers, help="Do not ask before it begins."
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
