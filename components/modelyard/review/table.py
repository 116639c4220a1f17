"""A table of a report, before it takes the form of a terminal's, a page's or Markdown's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A titled table of text, with a note below it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    numbers: tuple[int, ...] = ()
    """Columns that are set to the right."""
    wrap: int = -1
    """The column that gives way where there is little room; the last one unless told."""
