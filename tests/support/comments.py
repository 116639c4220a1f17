"""A comment as those read it who show it: Markdown first, and then references in what is text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

REFERENCES = re.compile(r"@\w|#\d|\bgh-\d|[a-z]://|\bwww\.|mailto:|[!%&~^]\w|\$", re.IGNORECASE)
"""What GitHub, GitLab and Azure DevOps make a link, a mention or a formula of, outside of code."""


def parsed(markdown: str) -> list[Token]:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)


def inside(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from inside(token.children or [])


def references(tokens: Iterable[Token]) -> list[str]:
    """Runs of text with a reference in them."""
    return [run for run in _text(tokens) if REFERENCES.search(run)]


def _text(tokens: Iterable[Token]) -> Iterator[str]:
    """What is neither code nor markup, in runs: what references are looked for in."""
    run = ""
    for token in inside(tokens):
        if token.type in ("text", "text_special"):
            run += token.content
        elif token.type != "inline":
            yield run
            run = ""
    yield run
