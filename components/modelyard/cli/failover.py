"""`modelyard failover`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from modelyard.blueprint.errors import ModelyardError, shortened
from modelyard.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelyard.cli.previewing import Seen
    from modelyard.plan.plan import Plan

EXAMPLE = "Example: modelyard failover blueprints/active-passive.yaml motor --to west"
ROUTES = ("HTTPRoute", "Backend", "BackendTrafficPolicy")
"""Kinds of the objects that say where requests go."""


@click.command(epilog=EXAMPLE)
@options.blueprint
@click.argument("models", metavar="[MODEL]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every model that has a second site.")
@click.option("--to", "site", metavar="SITE", help="The second site, where all requests go.")
@click.option("--back", is_flag=True, help="Requests go as the blueprint says again.")
@options.environment
@options.stack
@options.parallel
@options.yes
def command(
    blueprint: Path,
    models: tuple[str, ...],
    every: bool,
    site: str | None,
    back: bool,
    environment: str | None,
    stack: str | None,
    parallel: int,
    yes: bool,
) -> int:
    """Send all requests for MODELs of BLUEPRINT to their second site, or back.

    It changes their routes and nothing else, and shows that first. The stack's configuration keeps
    it (`failover:MODEL`), so that it holds until it is taken `--back`, whoever deploys meanwhile.
    """
    from modelyard.cli.opening import confirm, opened
    from modelyard.cli.previewing import previewed
    from modelyard.cli.running import finished, note_interrupted

    if bool(models) is every or bool(site) is back:
        raise click.UsageError("name MODELs or --all, and --to SITE or --back")
    with opened(blueprint, environment, stack) as held:
        note_interrupted(held)
        names = moved(held.plan, models, site)
        with held.stack.redirected(names, site) as keep:
            seen = previewed(held, parallel, quiet=False)
            if seen.failed is not None:
                return seen.failed
            seen.show(Console())
            _refuse_more(seen, held.command("up"))
            confirm(f"Change these routes of {held.stack.name}?", yes)
            keep()
        urns = held.planned_urns | held.deployed_urns
        run, progress = held.run(partial(held.stack.up, parallel=parallel), urns)
        return finished(held, run, progress, "up", then="verify")


def moved(plan: Plan, names: Sequence[str], site: str | None) -> tuple[str, ...]:
    """The models that are meant, all of those with a second site where none is named.

    Raises ModelyardError for one that is not there, or has no such site.
    """
    second = {m.name: m.site for m in plan.models if m.stands_in and site in (None, m.site)}
    wrong = [name for name in names if name not in second]
    if wrong or not second:
        where = f" on '{site}'" if site else ""
        what = f"'{wrong[0]}' has no second site" if wrong else "no model has a second site"
        allowed = f"; there is one of {', '.join(second)}" if second else ""
        next = "name another model or site, or add `serve: {fallback: {on: SITE}}`"
        raise ModelyardError(f"{what}{where}{allowed}. Next: {next}")
    return tuple(names) or tuple(second)


def _refuse_more(seen: Seen, up: str) -> None:
    """Nobody looks for other changes in a failover. Raises ModelyardError."""
    more = [c.name for c in seen.changes if c.kind.rpartition(":")[2] not in ROUTES]
    if more:
        raise ModelyardError(
            f"{len(more)} resources that are no routes would change as well: {shortened(more)}. "
            f"Next: deploy them with `{up}`, then fail over"
        )
