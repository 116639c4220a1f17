"""`modelyard refresh`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from modelyard.cli import options

EXAMPLE = "Example: modelyard refresh blueprints/finance.yaml -e prod"


@click.command(epilog=EXAMPLE)
@options.blueprint
@options.environment
@options.stack
@options.parallel
@options.yes
def command(
    blueprint: Path, environment: str | None, stack: str | None, parallel: int, yes: bool
) -> int:
    """Take over into the stack of BLUEPRINT what has become of its resources.

    Nothing of the platform is changed; the next `preview` shows what `up` would put right.
    """
    from modelyard.cli.opening import confirm, opened
    from modelyard.cli.running import finished

    with opened(blueprint, environment, stack) as held:
        confirm(f"Rewrite the state of {held.stack.name}?", yes)
        operation = partial(held.stack.refresh, parallel=parallel)
        run, progress = held.run(operation, held.deployed_urns)
        return finished(held, run, progress, "refresh", then="preview")
