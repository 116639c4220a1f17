"""`modelyard diff`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelyard.cli import options

if TYPE_CHECKING:
    from modelyard.cli.sides import Sides
    from modelyard.review.diff import Diff

EXAMPLE = "Example: modelyard diff blueprints/finance.yaml -e prod --from main --merge-base"


@click.command(epilog=EXAMPLE)
@click.argument("blueprints", type=click.Path(path_type=Path), nargs=-1, required=True)
@options.environment
@click.option("--from", "start", metavar="REV", help="Revision to compare with.  [default: HEAD]")
@click.option("--to", "end", metavar="REV", help="Revision that it becomes; the working tree else.")
@click.option("--merge-base", is_flag=True, help="From the last commit in common with --from.")
@click.option("--deployed", is_flag=True, help="Compare with what the stack holds.")
@click.option("--stack", metavar="NAME", help="The same, with the stack of this name.")
@click.option(
    "--state",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The same, from a file of `pulumi stack export`: no engine.",
)
@click.option("--allow-stateful", is_flag=True, help="Exit with 0 though what keeps data is lost.")
@options.policies
@options.format("text", *options.REVIEWS)
def command(
    blueprints: tuple[Path, ...],
    environment: str | None,
    start: str | None,
    end: str | None,
    merge_base: bool,
    deployed: bool,
    stack: str | None,
    state: Path | None,
    allow_stateful: bool,
    policies: Path | None,
    form: str,
) -> int:
    """Say what a change to a blueprint changes: in its own words, resource by resource, in cost
    and in policies.

    Two BLUEPRINTS are compared with each other. One is compared with itself at another revision
    of its git repository, or (--deployed, --stack, --state) with what is deployed. What keeps data
    and would be replaced or deleted comes first, with what depends on it.

    Exits with 1 if a mandatory policy fails that did not, or if something that keeps data would be
    replaced or deleted (unless --allow-stateful).
    """
    from modelyard.cli.sides import HEAD, Asked, of_files, of_revisions, of_stack, of_state
    from modelyard.review.comparing import diff_of

    asked = Asked(environment, policies)
    revisions, engine = bool(start or end or merge_base), deployed or stack is not None
    _refuse(len(blueprints), revisions, engine, state is not None)
    path, *others = blueprints
    sides: Sides
    if others:
        sides = of_files(path, others[0], asked)
    elif state is not None:
        sides = of_state(path, state, asked)
    elif engine:
        sides = of_stack(path, stack, asked)
    else:
        sides = of_revisions(path, start or HEAD, end, merge_base, asked)
    diff = diff_of(sides.before, sides.after, sides.notes)
    _show(diff, form)
    return 1 if diff.policies.blocks or (diff.lost and not allow_stateful) else 0


def _refuse(blueprints: int, revisions: bool, engine: bool, state: bool) -> None:
    """Options that cannot go together. Raises click.UsageError."""
    if blueprints > 2:
        raise click.UsageError("two blueprints can be compared, no more")
    asked = [blueprints == 2, revisions, engine, state]
    if sum(asked) > 1:
        raise click.UsageError(
            "compare two blueprints, or one with a revision (--from, --to, --merge-base), or one "
            "with what is deployed (--deployed, --stack, or --state)"
        )


def _show(diff: Diff, form: str) -> None:
    if form != "text":
        from modelyard.review.rendering import render

        click.echo(render(diff, form), nl=False)
        return
    from rich.console import Console

    from modelyard.review.terminal import show_diff

    show_diff(diff, Console(soft_wrap=False))
