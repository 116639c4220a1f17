"""YAML syntax errors in plain words."""

from __future__ import annotations

from typing import Any

from modelyard.blueprint.errors import Location, Problem

_QUOTE = "put the text in quotes"
_ALIGN = "align it with the keys beside it; two spaces for each level"

# What the parser says, what it means to a person, what to do; first match wins.
_MEANINGS = (
    ("tab character", "a tab is used where only spaces may stand", "use spaces for indentation"),
    ("mapping values are not allowed", "a second ': ' on one line, or a wrong indentation",
     "put text that holds ': ' in quotes, or align the key with the keys beside it"),
    ("block sequence entries are not allowed", "a list cannot begin here",
     "begin each '- ' on a line of its own, under its key"),
    ("could not find expected ':'", "this line has no ': ' after its key",
     "write `key: value`, or `- value` with a space after the hyphen"),
    ("',' or ']'", "the '[' opened here is not closed, or a ',' is missing in it",
     "close it with ']' and put ',' between its items"),
    ("',' or '}'", "the '{' opened here is not closed, or a ',' is missing in it",
     "close it with '}' and put ',' between its pairs"),
    ("unexpected end of stream", "the quote opened here is not closed", "close it"),
    ("unexpected document indicator", "the quote opened here is not closed", "close it"),
    ("unknown escape character", "this backslash means nothing between double quotes",
     r"write \\ for a backslash, or use single quotes"),
    ("escape code", "this escape is not a character", "write the character itself"),
    ("hexdecimal", "this escape is not a character", "write the character itself"),
    ("undefined tag handle", "tags such as '!name' are not used in a blueprint", "remove the tag"),
    ("tag", "tags such as '!name' are not used in a blueprint", "remove the tag"),
    ("cannot start any token", "text cannot begin with this character", _QUOTE),
    ("ends early", "the file ends here, and a '[' or '{' is not closed", "close it"),
    ("node content", "a value cannot begin with this character", _QUOTE),
    ("expected key", "this does not belong to the keys above it, or a quote ended early",
     f"{_ALIGN}; write '' for a quote between single quotes"),
    ("expected '-' indicator", "this does not belong to the list above it", _ALIGN),
    ("anchor", "an anchor or an alias has no name", f"name it, or {_QUOTE}"),
    ("alias", "an anchor or an alias has no name", f"name it, or {_QUOTE}"),
    ("indentation indicator", "'|' and '>' take no 0", "remove the number"),
    ("comment or line break", "text follows '|' or '>' on the same line",
     "begin the text on the next line, indented"),
    ("document start", "there is text after the end of the document ('...')", "remove it"),
    ("directive", "lines that begin with '%' are not used in a blueprint", "remove the line"),
    ("YAML document", "lines that begin with '%' are not used in a blueprint", "remove the line"),
    ("version", "lines that begin with '%' are not used in a blueprint", "remove the line"),
)  # fmt: skip

_OPENED = ("',' or ']'", "',' or '}'", "end of stream", "document indicator", "expected ':'")


def syntax_problem(error: Any, text: str, file: str) -> Problem:
    """The parser's error, seen from the text that was written."""
    said = f"{error.problem or ''} {error.context or ''}"
    mark = error.problem_mark or error.context_mark
    if error.context_mark and any(part in said for part in _OPENED):
        mark = error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if _indented_by_tab(text, line):
        said = "tab character"
    end = text.rstrip()
    if (line, column) > _end(end):
        line, column = _end(end)
        said = "ends early" if "node content" in said else said
    what, then = _meaning(said)
    return Problem(Location(file, line + 1, column + 1), "", what, next=then)


def _end(text: str) -> tuple[int, int]:
    """Line and column, from 0, of the last character."""
    return text.count("\n"), max(0, len(text) - text.rfind("\n") - 2)


def _meaning(said: str) -> tuple[str, str]:
    for part, what, then in _MEANINGS:
        if part in said:
            return what, then
    return "this is not valid YAML", "check the indentation, quotes and brackets around it"


def _indented_by_tab(text: str, line: int) -> bool:
    lines = text.split("\n")
    written = lines[line] if line < len(lines) else ""
    return "\t" in written[: len(written) - len(written.lstrip())]
