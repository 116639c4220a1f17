"""Whatever text a blueprint can hold: in a report, a diff or an error it is nothing but text.

Each text of a blueprint is lengthened by markup, an order to a pipeline and the like, one after the
other. What is refused is said without effect; what is accepted is reported all at once.
"""

from __future__ import annotations

import copy
import io
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from rich.console import Console
from tests.support import shipped
from tests.support.comments import inside, parsed, references

from modelyard.blueprint.errors import BlueprintError
from modelyard.blueprint.loading.document import parse, read
from modelyard.policies.settings import settle
from modelyard.policies.verdict import judge
from modelyard.program import Planned, plan_document, record_plan
from modelyard.review.comment import comment
from modelyard.review.comparing import Side, diff_of
from modelyard.review.diff import Diff
from modelyard.review.html.page import page
from modelyard.review.markdown import escaped
from modelyard.review.report import Report
from modelyard.review.terminal import show, show_diff

PAYLOADS = {
    "spaced": " @octocat #1 <img src=x> |`x` [a](//b) https://evil.example ##vso[t.x]y ::error::z",
    "joined": "@octocat#1<b>|`x`![a](//b)##vso[task.x]y::error::z$x$",
    "address": "/evil#1&@octocat",
    "plain": "-gh-1",
}
NAMES = ("finance", "aws-llm-platform", "hybrid-vpn")
ORDERS = re.compile(r"##(\[|vso\[)|(^|\s)::[a-z-]+[^:]*::", re.IGNORECASE | re.MULTILINE)
BLOCKS = {"html_inline", "html_block", "link_open", "image", "fence", "code_block", "em_open"}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every text."""
    items: Any = value.items() if isinstance(value, dict) else ()
    for key, item in enumerate(value) if isinstance(value, list) else items:
        yield from leaves(item, (*path, key))
    if isinstance(value, str):
        yield path


def lengthened(content: Any, path: tuple[Any, ...], by: str) -> Any:
    """The content with one text longer."""
    changed = copy.deepcopy(content)
    *above, last = path
    place = changed
    for key in above:
        place = place[key]
    place[last] += by
    return changed


def planned(content: Any) -> Planned:
    return plan_document(parse(json.dumps(content), "b.yaml"))


@cache
def spoilt(name: str, payload: str) -> tuple[Any, Any, tuple[str, ...]]:
    """A blueprint, the same with all texts that may be longer, and what is said of the others."""
    content = copy.deepcopy(read(shipped.FOLDER / f"{name}.yaml").data)
    content.pop("environments", None)
    accepted, said = content, []
    for path in leaves(content):
        try:
            changed = lengthened(accepted, path, PAYLOADS[payload])
            planned(changed)
        except BlueprintError as error:
            said += map(str, error.problems)
        else:
            accepted = changed
    return content, accepted, tuple(said)


def holds(text: str) -> None:
    """Markdown without markup of a stranger's."""
    tokens = list(inside(parsed(text)))
    assert not BLOCKS & {token.type for token in tokens}
    assert references(parsed(text)) == []


OURS = re.compile(
    r"(\s|</?(details|sub|p|code)>|<summary><strong>[^<>]*</strong>[^<>]*</summary>|[^<>]+(?=</sub>))*"
)
"""What a comment folds its sections with."""


def holds_folded(text: str) -> None:
    """The same of a comment, which folds sections and draws one diagram of its own."""
    tokens = list(inside(parsed(text)))
    drawn = [token.info for token in tokens if token.type == "fence"]
    markup = [token.content for token in tokens if token.type.startswith("html_")]
    assert drawn in ([], ["mermaid"])
    assert [each for each in markup if not OURS.fullmatch(each)] == []
    assert not BLOCKS - {"fence", "html_block", "html_inline"} & {token.type for token in tokens}
    assert references(parsed(text)) == []


def _report(content: Any) -> Report:
    found = planned(content)
    graph = record_plan(found.plan)
    return Report(found.plan, graph, found.warnings, judge(graph, settle()))


def _diff(before: Any, after: Any) -> Diff:
    sides = []
    for content in (before, after):
        plan = planned(content).plan
        graph = record_plan(plan, stack="x")
        sides.append(Side("@octocat <b> #1", graph, plan, judge(graph, settle())))
    return diff_of(*sides, notes=("@octocat <b> #1",))


def _printed(shows: Any, *arguments: Any, width: int, **more: Any) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    shows(*arguments, console, **more)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


CASES = [("finance", payload) for payload in PAYLOADS]
CASES += [(name, payload) for name in NAMES[1:] for payload in ("spaced", "plain")]


@pytest.mark.parametrize(("name", "payload"), CASES)
def test_what_is_refused_is_said_without_effect(name: str, payload: str) -> None:
    _, _, said = spoilt(name, payload)
    assert said
    for each in set(said):
        assert not ORDERS.search(each)
        holds(f"- {escaped(each)}")


@pytest.mark.parametrize(("name", "payload"), CASES)
def test_what_is_accepted_is_reported_without_effect(name: str, payload: str) -> None:
    _, accepted, _ = spoilt(name, payload)
    report = _report(accepted)
    holds_folded(comment(report))
    for width in (80, 200):
        assert not ORDERS.search(_printed(show, report, width=width, full=True))
    assert "<img" not in page(report)


@pytest.mark.parametrize(("name", "payload"), CASES)
def test_and_compared_without_effect(name: str, payload: str) -> None:
    before, accepted, _ = spoilt(name, payload)
    diff = _diff(before, accepted)
    holds_folded(comment(diff))
    for width in (80, 200):
        assert not ORDERS.search(_printed(show_diff, diff, width=width))


def test_some_of_it_is_accepted() -> None:
    """Or the others would look at nothing."""
    for payload in PAYLOADS:
        before, accepted, _ = spoilt("finance", payload)
        assert json.dumps(accepted).count(json.dumps(PAYLOADS[payload])[1:-1]) > 15, payload
        assert before != accepted
