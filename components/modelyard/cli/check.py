"""`modelyard check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelyard.blueprint.errors import BlueprintError, Severity, one_line
from modelyard.cli import options
from modelyard.cli.messages import count, problem_json, show_json, show_problems
from modelyard.policies.organisation import said_for
from modelyard.policies.settings import objections
from modelyard.program import check_file

if TYPE_CHECKING:
    from modelyard.blueprint.errors import Problem
    from modelyard.blueprint.loading import Loaded

EXAMPLE = "Example: modelyard check blueprints/*.yaml"


@click.command(epilog=EXAMPLE)
@options.blueprints
@options.policies
@options.format("text", "json", "markdown", "sarif", "junit")
@click.option("--strict", is_flag=True, help="Exit with 1 if there are warnings.")
def command(blueprints: tuple[Path, ...], policies: Path | None, form: str, strict: bool) -> int:
    """Say whether BLUEPRINTS can stand in every environment, and all that is wrong with them.

    So is what the organisation says of policies, and whether they loosen it; which resources break
    one is for `plan` to tell. No credentials, no network, no engine.
    """
    found = {str(path): _problems(path, policies) for path in blueprints}
    _FORMS[form](found)
    severities = {problem.severity for problems in found.values() for problem in problems}
    if Severity.ERROR in severities:
        return 2
    return 1 if strict and severities else 0


def _problems(path: Path, policies: Path | None) -> tuple[Problem, ...]:
    try:
        return check_file(path, lambda loaded: _of_policies(path, loaded, policies))
    except BlueprintError as error:
        return error.problems


def _of_policies(path: Path, loaded: Loaded, given: Path | None) -> tuple[Problem, ...]:
    """What is wrong with the organisation's files, or loosens them."""
    said = loaded.blueprint.policies
    try:
        return objections(said_for(path, said, loaded.document, given))
    except BlueprintError as error:
        return error.problems


def _text(found: dict[str, tuple[Problem, ...]]) -> None:
    for name, problems in found.items():
        if problems:
            show_problems(problems)
        if not any(problem.severity is Severity.ERROR for problem in problems):
            click.echo(f"{one_line(name)}: {click.style('fine', fg='green')}")


def _json(found: dict[str, tuple[Problem, ...]]) -> None:
    content = {name: [problem_json(p) for p in problems] for name, problems in found.items()}
    show_json(content)


def _markdown(found: dict[str, tuple[Problem, ...]]) -> None:
    from modelyard.review.markdown import escaped

    for name, problems in found.items():
        click.echo(f"## {escaped(name)}\n\n{count(problems)}\n")
        for problem in problems:
            click.echo(f"- {escaped(str(problem))}")


def _sarif(found: dict[str, tuple[Problem, ...]]) -> None:
    from modelyard.review.finding import BLUEPRINT, of_problem
    from modelyard.review.sarif import sarif

    findings = [of_problem(problem) for problems in found.values() for problem in problems]
    click.echo(sarif(findings, (BLUEPRINT,)), nl=False)


def _junit(found: dict[str, tuple[Problem, ...]]) -> None:
    from modelyard.review.finding import BLUEPRINT, of_problem
    from modelyard.review.junit import Suite, junit

    suites = (
        Suite(f"Check of {name}", tuple(map(of_problem, problems)), (BLUEPRINT,))
        for name, problems in found.items()
    )
    click.echo(junit(suites), nl=False)


_FORMS = {"text": _text, "json": _json, "markdown": _markdown, "sarif": _sarif, "junit": _junit}
