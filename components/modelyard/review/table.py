"""A table of a report, before it takes the form of a terminal's, a page's or Markdown's."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from modelyard.blueprint.errors import unordered


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
    """Text that steers nothing: what cannot be seen, turns its direction, or is an order to a
    pipeline, is shown. Lines stay, as spaces or lines, for the form to decide.
    """
    text = unordered(text)
    if text.isascii() and text.isprintable():
        return text
    return _PILED.sub(_pile, "".join(each if _shown(each) else _escape(each) for each in text))


def _shown(character: str) -> bool:
    seen = unicodedata.category(character) not in _STEERING and character not in _BLANK
    return character in "\n\t" or seen


_STEERING = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and marks that look like nothing: two names with and without one look the same."""
_PILED = re.compile("([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{4,})")
"""More marks on one letter than any language has: they would run over the lines around."""


def _pile(found: re.Match[str]) -> str:
    return "".join(map(_escape, found.group()))


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
