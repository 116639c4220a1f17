"""The command itself: from a change to a comment, a report and an exit code."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelyard.cli import options
from modelyard.cli.ci.outcome import FailOn

if TYPE_CHECKING:
    from modelyard.cli.ci.platform import Platform
    from modelyard.cli.ci.review import Review
    from modelyard.cli.ci.run import Asked

EXAMPLE = "Example: modelyard ci blueprints --fail-on mandatory"
REPORT = "modelyard-review"


@click.command(epilog=EXAMPLE)
@click.argument("blueprints", type=click.Path(path_type=Path), nargs=-1)
@click.option(
    "--platform",
    type=click.Choice(["github", "gitlab", "azure", "plain"]),
    help="What the pipeline runs on; found by its variables else.",
)
@click.option("--base", metavar="REV", help="What the change goes to; the platform says it else.")
@options.environment
@click.option("--all", "everything", is_flag=True, help="Review what is not touched as well.")
@options.policies
@click.option(
    "--fail-on",
    type=click.Choice([str(level) for level in FailOn]),
    default=str(FailOn.NEW),
    show_default=True,
    help="Exit with 1 for: nothing; mandatory policies newly broken; any mandatory one broken; "
    "advisory ones newly broken too.",
)
@click.option("--allow-stateful", is_flag=True, help="Do not fail though what keeps data is lost.")
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(REPORT),
    show_default=True,
    help="Where the report is written.",
)
@click.option("--no-comment", is_flag=True, help="Write the comment into the report alone.")
@click.option("--name", default="", metavar="TEXT", help="Tells two comments of a pipeline apart.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes.  [default: one for a core]")
@click.option(
    "--timeout", type=click.FloatRange(1), default=120, show_default=True, help="Seconds for each."
)
@click.option(
    "--memory",
    type=click.IntRange(512),
    default=2048,
    show_default=True,
    help="MiB for each process.",
)
@click.option(
    "--init",
    type=click.Choice(["github", "gitlab", "azure"]),
    help="Write a platform's files for review and deployment instead, and exit.",
)
def command(
    blueprints: tuple[Path, ...],
    platform: str | None,
    base: str | None,
    environment: str | None,
    everything: bool,
    policies: Path | None,
    fail_on: str,
    allow_stateful: bool,
    out: Path,
    no_comment: bool,
    name: str,
    jobs: int | None,
    timeout: float,
    memory: int,
    init: str | None,
) -> int:
    """Review every blueprint that a change touches, where a pipeline runs.

    A blueprint is touched by itself, by its preset, by the organisation's policies, and by the code
    and the versions that it depends on. BLUEPRINTS are files and folders to look in; everywhere
    else. Writes one comment, and updates it in later runs; a report; and findings with their lines.

    Exits with 1 for findings, 2 if a blueprint does not hold, 3 if one could not be reviewed.
    """
    if init:
        from modelyard.cli.ci.workflows import write

        return _written(write(init, Path.cwd()))
    from modelyard.cli.ci.fleet import Fleet, cores
    from modelyard.cli.ci.platforms import platform_of
    from modelyard.cli.ci.run import Asked, reviewed

    where = platform_of(os.environ, platform)
    fleet = Fleet(jobs or cores(), timeout, memory)
    asked = Asked(blueprints, base, environment, everything, policies, out, fleet)
    review = reviewed(asked, where, FailOn(fail_on), allow_stateful)
    _publish(review, where, asked, name, no_comment)
    return review.exit_code


def _written(files: Iterable[Path]) -> int:
    for file in files:
        click.echo(f"wrote {file}")
    click.echo("next: read them, fill in what is marked CHANGE, and commit them")
    return 0


def _publish(review: Review, platform: Platform, asked: Asked, name: str, no_comment: bool) -> None:
    from modelyard.cli.ci.publishing import Publication

    publication = Publication(review, platform, asked.out, name)
    publication.report()
    publication.show()
    if no_comment:
        return
    click.echo(publication.comment())
