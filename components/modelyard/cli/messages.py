"""Problems in words, with colour where somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterable
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

from modelyard.blueprint.errors import BlueprintError, ModelyardError, Severity, one_line, shortened

if TYPE_CHECKING:
    from modelyard.blueprint.errors import Problem

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def show_error(error: ModelyardError) -> None:
    """Why a command was refused, on standard error."""
    if isinstance(error, BlueprintError):
        show_problems(error.problems)
    else:
        click.echo(f"{click.style('error:', fg='red')} {error}", err=True)


def show_problems(problems: Iterable[Problem]) -> None:
    """Each problem in a few lines: where, what, what is allowed, what to do next."""
    problems = list(problems)
    for problem in problems:
        click.echo("\n".join(_lines(problem)), err=True)
    click.echo(count(problems), err=True)


def show_json(content: Any) -> None:
    """Print JSON for machines."""
    from modelyard.review.json_text import json_text

    click.echo(json_text(content))


def count(problems: Iterable[Problem]) -> str:
    """`2 errors, 1 warning`."""
    kinds = [problem.severity for problem in problems]
    found = [(kinds.count(kind), str(kind)) for kind in Severity]
    return ", ".join(f"{n} {kind}{'' if n == 1 else 's'}" for n, kind in found if n) or "no problem"


def _lines(problem: Problem) -> list[str]:
    severity = click.style(f"{problem.severity}:", fg=_COLOURS[problem.severity], bold=True)
    place = click.style(str(problem.where), bold=True) + " " if problem.where else ""
    lines = [f"{place}{severity} {one_line(problem.path)}", *wrapped(problem.what)]
    if problem.allowed:
        lines += wrapped(f"allowed: {shortened(problem.allowed)}")
    if problem.nearest:
        lines.append(f"    did you mean {click.style(one_line(problem.nearest), fg='green')}?")
    if problem.next:
        lines += wrapped(f"next: {problem.next}")
    return lines


def wrapped(text: str) -> list[str]:
    """Text below its place, as wide as the terminal; words that are longer stay whole."""
    return wrap(
        one_line(text),
        width=max(40, get_terminal_size().columns),
        initial_indent="    ",
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def problem_json(problem: Problem) -> dict[str, object]:
    """A problem for machines."""
    where = problem.where
    return {
        "file": where.file if where else None,
        "line": where.line if where else None,
        "column": where.column if where else None,
        "path": problem.path,
        "severity": str(problem.severity),
        "what": problem.what,
        "allowed": list(problem.allowed),
        "nearest": problem.nearest,
        "next": problem.next,
    }
