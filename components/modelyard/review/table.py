"""A table of a report, before it takes the form of a terminal's, a page's or Markdown's."""

from __future__ import annotations

import unicodedata
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


def printable(text: str) -> str:
    """Text that steers nothing: control characters, and those that turn its direction, are shown.

    Lines stay, as spaces or lines, for the form to decide.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if _shown(each) else _escape(each) for each in text)


def _shown(character: str) -> bool:
    return character in "\n\t" or unicodedata.category(character) not in _STEERING


_STEERING = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
