"""Text in a comment that stays text: no markup, no link, nobody mentioned, nothing referred to.

A backslash keeps Markdown from reading a character, but mentions, references and bare addresses are
looked for in what it becomes. Nothing is looked for in code, so what could be one becomes code.
"""

from __future__ import annotations

import re

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!@&])")
_REFERS = re.compile(
    r"@|#\d|://|\bwww\.|\bgh-\d|\$|mailto:|xmpp:"  # GitHub
    r"|[!%&~^](?=[\w\"])|\[\w+:"  # GitLab: merge requests, milestones, epics, labels, alerts
    r"|^/[a-z]",  # and its orders
    re.IGNORECASE,
)
_TOKEN = re.compile(r"\S+")


def inert(text: str) -> str:
    """Text on one line that Markdown shows as it is, also within a table."""
    return _TOKEN.sub(lambda found: _token(found.group()), " ".join(text.split()))


def _token(token: str) -> str:
    """Piece by piece between `|`, which ends a cell of a table even inside of code."""
    return r"\|".join(map(_piece, token.split("|")))


def _piece(text: str) -> str:
    return _code(text) if _REFERS.search(text) else _MARKUP.sub(r"\\\1", text)


def _code(text: str) -> str:
    """As code: its fence is longer than any run of backticks inside."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    room = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{room}{text}{room}{fence}"
