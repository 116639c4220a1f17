"""`modelyard plan`."""

from __future__ import annotations

import json
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
@options.format("text", "json", "markdown", "html")
def command(blueprint: Path, environment: str | None, policies: Path | None, form: str) -> int:
    """Show what BLUEPRINT becomes: places, machines with their arithmetic, resources, cost, and
    which policies it keeps.

    The whole program runs against a recorder in this process: no credentials, no network, no
    engine. Exits with 1 if a mandatory policy is broken.
    """
    planned = plan_file(blueprint, environment)
    settings = settings_for(blueprint, planned.plan.blueprint.policies, planned.document, policies)
    graph = record_plan(planned.plan)
    from modelyard.policies.verdict import judge
    from modelyard.review.report import Report

    verdict = judge(graph, settings)
    report = Report(planned.plan, graph, (*planned.warnings, *verdict.problems), verdict)
    _show(report, form)
    return 1 if verdict.blocks else 0


def _show(report: Report, form: str) -> None:
    if form == "json":
        click.echo(json.dumps(report.json(), indent=2, ensure_ascii=False))
    elif form == "markdown":
        from modelyard.review.markdown import markdown

        click.echo(markdown(report), nl=False)
    else:
        _draw(report, form)


def _draw(report: Report, form: str) -> None:
    from modelyard.review import terminal

    if form == "html":
        click.echo(terminal.page(report), nl=False)
        return
    from rich.console import Console

    terminal.show(report, Console(soft_wrap=False))
