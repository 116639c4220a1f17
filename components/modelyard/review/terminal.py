"""Reports on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from modelyard.blueprint.errors import one_line
from modelyard.review.table import printable

if TYPE_CHECKING:
    from modelyard.review.diff import Diff
    from modelyard.review.report import Report
    from modelyard.review.table import Table


def show(report: Report, console: Console, *, full: bool = False) -> None:
    """Print a report; narrow terminals wrap cells rather than lose them."""
    console.print(Text(printable(f"Plan of {report.title}"), style="bold"))
    for table in report.tables(full=full):
        console.print()
        show_table(table, console)
    for problem in report.warnings:
        console.print()
        console.print(
            Text("warning: ", style="yellow").append(printable(str(problem)), style="default")
        )


def show_diff(diff: Diff, console: Console) -> None:
    """Print a diff."""
    console.print(Text(f"Change of {diff.title}", style="bold"))
    console.print(Text(diff.comparing, style="dim"))
    for table in diff.tables():
        console.print()
        show_table(table, console)
    for note in diff.notes:
        console.print()
        console.print(Text("note: ", style="yellow").append(one_line(note), style="default"))


def show_table(table: Table, console: Console) -> None:
    """Print one table with its note."""
    console.print(_rich(table))
    if table.note:
        console.print(Text(printable(table.note), style="dim"))


def _rich(table: Table) -> RichTable:
    drawn = RichTable(title=table.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    drawn.title_style = "bold"
    for index, column in enumerate(table.columns):
        justify = "right" if index in table.numbers else "left"
        gives_way = index == table.wrap % len(table.columns)
        drawn.add_column(column, justify=justify, overflow="fold", no_wrap=not gives_way)
    for row in table.rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    return drawn
