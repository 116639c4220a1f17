"""`modelyard destroy`."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelyard.cli import options

if TYPE_CHECKING:
    from modelyard.cli.opening import Opened

_GOING, _AGAIN = 60.0, 3.0
"""Seconds that what is being deleted may take, and between two looks."""
EXAMPLE = "Example: modelyard destroy blueprints/finance.yaml -e dev"


@click.command(epilog=EXAMPLE)
@options.blueprint
@options.environment
@options.stack
@options.parallel
@options.yes
@click.option("--remove", is_flag=True, help="Forget the stack as well, once it holds nothing.")
def command(
    blueprint: Path,
    environment: str | None,
    stack: str | None,
    parallel: int,
    yes: bool,
    remove: bool,
) -> int:
    """Take down what is deployed of BLUEPRINT, and prove that nothing is left.

    What holds data is protected: set `protect: false` in the blueprint and run `up` before.
    """
    from modelyard.cli.opening import confirm, opened
    from modelyard.cli.running import finished

    with opened(blueprint, environment, stack) as held:
        _refuse_protected(held)
        confirm(f"Destroy {len(held.deployed_urns)} resources of {held.stack.name}?", yes)
        operation = partial(held.stack.destroy, parallel=parallel)
        run, progress = held.run(operation, held.deployed_urns)
        code = finished(held, run, progress, "destroy", then=None)
        code = code or _prove(held)
        if remove and not code:
            held.stack.remove()
            click.echo(f"the stack {held.stack.name} is forgotten")
        return code


def _refuse_protected(held: Opened) -> None:
    """Say so before anything is taken down, and not when half of it is."""
    from modelyard.blueprint.errors import ModelyardError, shortened

    protected = [resource.name for resource in held.state.resources if resource.protect]
    if protected:
        raise ModelyardError(
            f"{len(protected)} resources that hold data are protected: {shortened(protected)}. "
            f"Next: set `protect: false` in {held.blueprint}, run "
            f"`{held.command('up')}`, then destroy"
        )


def _prove(held: Opened) -> int:
    """Look for what is left; volumes and the like take a while to go."""
    from modelyard.cli.verify import report
    from modelyard.engine.verify import verify_gone

    until = time.monotonic() + _GOING
    while (left := verify_gone(held.plan, held.stack.state())).deviations:
        if time.monotonic() >= until:
            break
        time.sleep(_AGAIN)
    return report(left, "text", "nothing is left")
