"""`modelyard plan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelyard.cli import options
from modelyard.policies.organisation import settings_for
from modelyard.program import plan_file, record_plan

if TYPE_CHECKING:
    from modelyard.review.report import Report

EXAMPLE = "Example: modelyard plan blueprints/finance.yaml -e prod --format json"


@click.command(epilog=EXAMPLE)
@options.blueprint
@options.environment
@options.policies
@click.option(
    "--full",
    is_flag=True,
    help="List every way in, right, store and image; text counts them otherwise.",
)
@options.format("text", *options.REVIEWS)
def command(
    blueprint: Path, environment: str | None, policies: Path | None, full: bool, form: str
) -> int:
    """Show what BLUEPRINT becomes: places, machines with their arithmetic, resources, cost, what
    can be reached, who may do what, where data rest, and which policies it keeps.

    The whole program runs against a recorder in this process: no credentials, no network, no
    engine. Exits with 1 if a mandatory policy is broken.
    """
    planned = plan_file(blueprint, environment)
    settings = settings_for(blueprint, planned.plan.blueprint.policies, planned.document, policies)
    graph = record_plan(planned.plan)
    from modelyard.policies.verdict import judge
    from modelyard.review.report import Report

    verdict = judge(graph, settings)
    problems = (*planned.warnings, *verdict.problems)
    report = Report(planned.plan, graph, problems, verdict, planned.document, str(blueprint))
    _show(report, form, full)
    return 1 if verdict.blocks else 0


def _show(report: Report, form: str, full: bool) -> None:
    if form != "text":
        from modelyard.review.rendering import render

        click.echo(render(report, form), nl=False)
        return
    from rich.console import Console

    from modelyard.review.terminal import show

    show(report, Console(soft_wrap=False), full=full)
