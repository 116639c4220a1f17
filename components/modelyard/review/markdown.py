"""Markdown that is safe to put into a comment: nothing in a blueprint becomes markup."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from modelyard.review.table import printable

if TYPE_CHECKING:
    from modelyard.review.table import Table

_MARKUP = re.compile(r"([\\`*_{}\[\]<>|~!])|(&)|([@#])|(://|www\.)")
_NO_SPACE = "&#8203;"
"""Takes no room. Forges look for names and numbers after Markdown is done, so that a backslash
keeps nobody from being notified."""


def escaped(text: str) -> str:
    """Text that Markdown shows as it is; it mentions nobody and links nowhere."""
    return _MARKUP.sub(_escape, printable(" ".join(text.split())))


def _escape(found: re.Match[str]) -> str:
    markup, ampersand, mention, link = found.groups()
    if markup:
        return f"\\{markup}"
    if ampersand:
        return "&amp;"
    return f"\\{mention}{_NO_SPACE}" if mention else _unlinked(link)


def _unlinked(link: str) -> str:
    return link.replace(":", "&#58;").replace(".", "&#46;")


def in_html(text: str) -> str:
    """The same inside of HTML, where a backslash is one."""
    plain = html.escape(printable(" ".join(text.split())))
    split = re.sub(r"@|#(?!\w+;)", lambda found: found.group() + _NO_SPACE, plain)
    return re.sub(r"://|www\.", lambda found: _unlinked(found.group()), split)


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
