"""Reports as Markdown, safe to put into a comment: nothing in a blueprint becomes markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.review.inert import inert
from modelyard.review.table import printable

if TYPE_CHECKING:
    from modelyard.review.diff import Diff
    from modelyard.review.report import Report
    from modelyard.review.table import Table


def markdown(report: Report, *, full: bool = False) -> str:
    """The whole report."""
    tables = report.tables(full=full)
    parts = [f"# Plan of {escaped(report.title)}", *map(table_text, tables)]
    if report.warnings:
        warnings = "\n".join(f"- {escaped(str(problem))}" for problem in report.warnings)
        parts.append(f"## Warnings\n\n{warnings}")
    return "\n\n".join(parts) + "\n"


def diff_text(diff: Diff) -> str:
    """The whole diff."""
    parts = [f"# Change of {escaped(diff.title)}", escaped(diff.comparing)]
    parts += map(table_text, diff.tables())
    if diff.notes:
        parts.append("## Notes\n\n" + "\n".join(f"- {escaped(note)}" for note in diff.notes))
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return inert(printable(text))


def table_text(table: Table) -> str:
    """A table with its title and note."""
    rules = ("---:" if i in table.numbers else "---" for i in range(len(table.columns)))
    rows = [table.columns, tuple(rules), *table.rows]
    lines = [
        "| " + " | ".join(cell if index == 1 else escaped(cell) for cell in row) + " |"
        for index, row in enumerate(rows)
    ]
    note = f"\n\n{escaped(table.note)}" if table.note else ""
    return f"## {escaped(table.title)}\n\n" + "\n".join(lines) + note
