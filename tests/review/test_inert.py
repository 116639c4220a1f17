"""Text of a stranger in a comment: nothing in it is markup, a link, a mention or a reference.

Markdown is read here by a parser, and what it takes for text is then searched as GitHub, GitLab and
Azure DevOps search it.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.token import Token
from tests.support.comments import inside, parsed, references

from modelyard.review.inert import inert
from modelyard.review.markdown import escaped, table_text
from modelyard.review.table import Table, printable

PILED = "e" + "\u0301" * 9
PIECES = (
    *("@octocat", "@org/team", "ml@example.com", "#12", "acme/app#12", "GH-12", "!12", "~bug"),
    *("%1.2", "&3", "$5", "$x$", "$`x`$", "^alert#1", "[vulnerability:1]", "/close", "AB#7"),
    *("https://evil.example", "http://a|b", "www.evil.example", "mailto:a", "ftp://x", "://"),
    *("<img src=x onerror=alert(1)>", "</td></table>", "<!-- x -->", "<details>", "&lt;", "&#64;"),
    *("[a](b)", "![a](b)", "[a]: b", "[^1]", "- [ ] x", "# x", "> x", "---", "===", "1. x", "+ x"),
    *("**x**", "_x_", "~~x~~", "`x`", "``", "`", "|", "\\", "\\|", "\\\\|", "|@a", "\\|@a|", "`@a"),
    *("```mermaid", "graph TD; click A href", "\n", "\n\n", "\r\n", "\t", " ", "    x", "a", "x@"),
    *("\x1b[31m", "\x9b", "\x07", "\u202e", "\u2066", "\u200b", "\u2028", "\u3164", PILED),
)
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=9).map("".join)
ALLOWED = {"text", "code_inline", "inline", "text_special"}


def shown(tokens: list[Token]) -> str:
    return "".join(t.content for t in inside(tokens) if t.type in ALLOWED - {"inline"})


def seen(hostile: str) -> str:
    """What a person should see of it."""
    return " ".join(printable(hostile).split())


@settings(max_examples=400, deadline=None, derandomize=True)
@given(HOSTILE)
def test_it_stays_the_text_that_it_is(hostile: str) -> None:
    found = parsed(f"x {escaped(hostile)}")
    kinds = {token.type for token in inside(found)}
    assert kinds <= {*ALLOWED, "paragraph_open", "paragraph_close"}
    assert shown(found) == f"x {seen(hostile)}".rstrip()
    assert references(found) == []


@settings(max_examples=400, deadline=None, derandomize=True)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_it_stays_in_its_cell(title: str, cell: str, note: str) -> None:
    found = parsed(table_text(Table(f"x {title}", ("a", "b"), ((cell, "y"), ("z", cell)), note)))
    kinds = [token.type for token in found]
    assert kinds.count("table_open") == kinds.count("heading_open") == 1
    assert (kinds.count("tr_open"), kinds.count("td_open")) == (3, 4)
    cells = [found[i + 1] for i, kind in enumerate(kinds) if kind == "td_open"]
    assert [shown([each]) for each in cells] == [seen(cell), "y", "z", seen(cell)]
    assert references(found) == []


@settings(max_examples=200, deadline=None, derandomize=True)
@given(HOSTILE)
def test_it_does_not_begin_a_block(hostile: str) -> None:
    """As in a list of notes."""
    found = [token.type for token in parsed(f"- {escaped(hostile)}\n- y\n")]
    forbidden = {
        "heading_open",
        "html_block",
        "fence",
        "blockquote_open",
        "code_block",
        "table_open",
    }
    assert not forbidden & set(found)


@pytest.mark.parametrize(
    ("given_text", "comes"),
    [
        ("ask @octocat now", "ask `@octocat` now"),
        ("see #12", "see `#12`"),
        ("https://x.example/a_b", "`https://x.example/a_b`"),
        ("a@sha256:00", "`a@sha256:00`"),
        ("`@a`", "`` `@a` ``"),
        ("a|@b", r"a\|`@b`"),
        ("*x* <b>", r"\*x\* \<b\>"),
        ("# 1 % & !", r"\# 1 % \& \!"),
        ("two\n\nlines", "two lines"),
    ],
)
def test_how_it_is_written(given_text: str, comes: str) -> None:
    assert inert(given_text) == comes


ORDERS = (
    *(
        "##vso[task.setvariable variable=PATH]x",
        "##[command]x",
        "::error file=a::x",
        "::add-mask::a",
    ),
    *("::stop-commands::x", "::set-output name=a::b", "  ::warning::x", "##VSO[task.x]"),
)


@pytest.mark.parametrize("order", ORDERS)
def test_no_pipeline_takes_it_for_an_order(order: str) -> None:
    told = printable(f"x {order}")
    assert not re.search(r"##(\[|vso\[)", told, re.IGNORECASE)
    assert not re.search(r"::[a-z-]+[^:]*::", told)


def test_what_is_no_order_stays() -> None:
    for each in ("a::b", "aws:s3/bucket:Bucket::yard-*", "## x", "2001:db8::1"):
        assert printable(each) == each


def test_what_cannot_be_seen_is_shown() -> None:
    assert printable("a\u3164b") == r"a\u3164b"
    assert printable("Việt, café, हिन्दी") == "Việt, café, हिन्दी"
    assert "\u0301" not in printable("e" + "\u0301" * 20)
