"""`modelyard up`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click
from rich.console import Console

from modelyard.cli import options

EXAMPLE = "Example: modelyard up blueprints/finance.yaml -e prod"


@click.command(epilog=EXAMPLE)
@options.blueprint
@options.environment
@options.stack
@options.parallel
@options.yes
@click.option(
    "--skip-preview",
    is_flag=True,
    help="Begin at once; what may not be lost is then found out halfway.",
)
def command(
    blueprint: Path,
    environment: str | None,
    stack: str | None,
    parallel: int,
    yes: bool,
    skip_preview: bool,
) -> int:
    """Deploy BLUEPRINT, or bring what is deployed up to it.

    The same program as `pulumi up`, through Pulumi's Automation API. What stands already as planned
    is left alone, so that a run that failed or was stopped goes on where it ended.
    """
    from modelyard.cli.opening import confirm, opened
    from modelyard.cli.previewing import previewed, refuse_losses
    from modelyard.cli.running import finished, note_interrupted, show_links

    with opened(blueprint, environment, stack, create=True) as held:
        note_interrupted(held)
        if not skip_preview:
            seen = previewed(held, parallel, quiet=False)
            if seen.failed is not None:
                return seen.failed
            seen.show(Console())
            refuse_losses(held, seen)
        confirm(f"Deploy this to {held.stack.name}?", yes)
        urns = held.planned_urns | held.deployed_urns
        run, progress = held.run(partial(held.stack.up, parallel=parallel), urns)
        code = finished(held, run, progress, "up", then="verify")
        if not code and held.plan.links:
            show_links(held.stack.links(), held.stack.name)
        return code
