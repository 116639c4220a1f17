"""`modelyard pipeline`."""

from __future__ import annotations

from pathlib import Path

import click

from modelyard.cli import options
from modelyard.program import plan_file, record_plan

EXAMPLE = (
    "Example: modelyard pipeline blueprints/finance.yaml fraud-scorer -e prod --for github "
    "--out out/fraud-scorer"
)


@click.command(epilog=EXAMPLE)
@options.blueprint
@click.argument("model")
@options.environment
@click.option(
    "--for",
    "host",
    type=click.Choice(("github", "gitlab")),
    default="github",
    show_default=True,
    help="What runs it.",
)
@click.option(
    "--blueprint-at",
    "at",
    metavar="PATH",
    help="Where the pipeline finds the blueprint; as it is named here otherwise.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The model's repository."
)
def command(
    blueprint: Path,
    model: str,
    environment: str | None,
    host: str,
    at: str | None,
    out: Path,
) -> None:
    """Write the pipeline of MODEL of BLUEPRINT: from a commit to the audit trail.

    Ten stages in the field's order, each a script that calls one tool: commit, SAST, data
    validation, training, artifact scan, bias, staging, penetration tests, production gate, audit
    log. What each is held to comes from the blueprint.
    """
    from modelyard.review.pipeline.files import pipeline_files, write

    planned = plan_file(blueprint, environment)
    files = pipeline_files(
        planned.plan,
        record_plan(planned.plan, deployed=True),
        model,
        host,
        blueprint=at or str(blueprint),
    )
    write(files, out)
    click.echo(f"{len(files)} files in {out}; {next(iter(files))} runs them")
    click.echo("next: set MODELYARD_ENV to a file with MLFLOW_TRACKING_* and AWS_* on the runner")
