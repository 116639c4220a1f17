"""`modelyard scan`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelyard.cli import options
from modelyard.cli.messages import show_problems
from modelyard.policies.organisation import settings_for
from modelyard.program import plan_file, record_plan

if TYPE_CHECKING:
    from modelyard.review.scan import Scan

EXAMPLE = "Example: modelyard scan blueprints/finance.yaml -e prod --format markdown"


@click.command(epilog=EXAMPLE)
@options.blueprint
@options.environment
@options.policies
@click.option("--checkov", metavar="COMMAND", help="Checkov's command; .checkov/ or PATH else.")
@click.option("--without-checkov", is_flag=True, help="Ask the policies alone.")
@click.option("--strict", is_flag=True, help="Exit with 1 for anything that is not waived.")
@options.format("text", "json", "markdown", "sarif", "junit")
def command(
    blueprint: Path,
    environment: str | None,
    policies: Path | None,
    checkov: str | None,
    without_checkov: bool,
    strict: bool,
    form: str,
) -> int:
    """Look for what is unsafe in what BLUEPRINT becomes, by the policies and by Checkov.

    One list: what both find of a resource is said once. Exits with 1 if a mandatory policy is
    broken.
    """
    from modelyard.policies.verdict import judge
    from modelyard.review.places import Places
    from modelyard.review.scan import checkov_command, merged, scanned

    planned = plan_file(blueprint, environment)
    settings = settings_for(blueprint, planned.plan.blueprint.policies, planned.document, policies)
    tool = None if without_checkov else checkov_command(checkov)
    graph = record_plan(planned.plan)
    verdict = judge(graph, settings)
    found = scanned(tool, graph) if tool else ()
    places = Places(planned.document, str(blueprint), planned.plan, graph)
    scan = merged(graph, verdict, settings, found, places.of)
    if problems := (*planned.warnings, *verdict.problems):
        show_problems(problems)
    _show(scan, form, str(blueprint))
    return 1 if scan.blocks or (strict and scan.open) else 0


def _show(scan: Scan, form: str, name: str) -> None:
    if form == "text":
        _text(scan)
    else:
        click.echo(_FORMS[form](scan, name), nl=False)


def _text(scan: Scan) -> None:
    from rich.console import Console

    from modelyard.review.scan import tables
    from modelyard.review.terminal import show_table

    console = Console(soft_wrap=False)
    for table in tables(scan):
        show_table(table, console)
        console.print()


def _json(scan: Scan, name: str) -> str:
    return json.dumps(scan.json(), indent=2, ensure_ascii=False) + "\n"


def _markdown(scan: Scan, name: str) -> str:
    from modelyard.review.markdown import table_text
    from modelyard.review.scan import tables

    return "\n\n".join(map(table_text, tables(scan))) + "\n"


def _sarif(scan: Scan, name: str) -> str:
    from modelyard.review.sarif import sarif

    return sarif(scan.items, scan.asked)


def _junit(scan: Scan, name: str) -> str:
    from modelyard.review.junit import Suite, junit

    return junit([Suite(f"Scan of {name}", scan.items, scan.asked)])


_FORMS: Mapping[str, Callable[[Scan, str], str]] = {
    "json": _json,
    "markdown": _markdown,
    "sarif": _sarif,
    "junit": _junit,
}
