"""The end of a run, in words."""

from __future__ import annotations

from collections.abc import Mapping

import click

from modelyard.blueprint.errors import shortened
from modelyard.cli.display import seconds
from modelyard.cli.failing import show_failure
from modelyard.cli.following import Run
from modelyard.cli.opening import Opened
from modelyard.engine.progress import Progress


def finished(opened: Opened, run: Run, progress: Progress, verb: str, then: str | None) -> int:
    """Say how a run ended and what comes next. The exit code."""
    if run.error is not None:
        return show_failure(opened, run, progress, f"run `{opened.command(verb)}`")
    changes = ", ".join(f"{count} {what}" for what, count in progress.changes().items())
    click.echo(f"{opened.stack.name}: {changes or 'nothing changed'}, in {seconds(run.seconds)}")
    if then:
        click.echo(f"next: {opened.command(then)}")
    return 0


def show_links(links: Mapping[str, Mapping[str, str]], stack: str) -> None:
    """Say what the owners of the other ends have to configure, now that it is known."""
    for end, values in links.items():
        click.echo(f"link of {end}:")
        for what, value in values.items():
            click.echo(f"  {what}: {value}")
    if links:
        click.echo(f"secrets: pulumi stack output links --show-secrets --stack {stack}")


def note_interrupted(opened: Opened) -> None:
    """Say that the last run was cut off, and at what."""
    if cut := opened.state.interrupted:
        names = shortened([urn.rpartition("::")[2] for urn in cut])
        click.echo(f"the last run was cut off while it made {names}; they are made again")
