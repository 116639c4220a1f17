"""Markdown that is safe to put into a comment: nothing in a blueprint becomes markup."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from modelyard.review.inert import inert
from modelyard.review.table import printable

if TYPE_CHECKING:
    from modelyard.review.table import Table

_REFERS = re.compile(r"[@#!$%~^&](?=\w)|://|\bwww\.|:(?=\S+@)")
"""What a forge would look for in text between tags. What stands there are counts and titles."""


def escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return inert(printable(text))


def in_html(text: str) -> str:
    """The same between tags, where a backslash is one: a space parts what would refer."""
    words = _REFERS.sub(lambda found: f"{found.group()} ", printable(" ".join(text.split())))
    return html.escape(words)


def table_text(table: Table) -> str:
    """A table with its title and note."""
    note = f"\n\n{escaped(table.note)}" if table.note else ""
    return f"## {escaped(table.title)}\n\n{rows_text(table)}{note}"


def rows_text(table: Table) -> str:
    """A table alone."""
    rules = ("---:" if i in table.numbers else "---" for i in range(len(table.columns)))
    rows = [table.columns, tuple(rules), *table.rows]
    return "\n".join(
        "| " + " | ".join(cell if index == 1 else escaped(cell) for cell in row) + " |"
        for index, row in enumerate(rows)
    )
