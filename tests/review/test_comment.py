"""The comment of a pull request: folded, harmless, and short enough."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from tests.review import hostile
from tests.review.small import thing
from tests.review.test_sarif import report

from modelyard.recorder import Graph
from modelyard.review.comment import LIMIT, comment
from modelyard.review.report import Report


def big(count: int) -> Report:
    """A report of ever so many resources, each of them reached, named and broken."""
    found = report("aws-finance", "prod")
    more = [
        thing(type, f"{type[-6:]}-{i}-{'x' * 150}", {"name": f"é{i}"})
        for i in range(count)
        for type in ("aws:sns/topic:Topic", "aws:eks/cluster:Cluster", "aws:sqs/queue:Queue")
    ]
    graph = Graph.of(found.graph.project, found.graph.stack, (*found.graph, *more), {})
    return replace(found, graph=graph, warnings=found.warnings * 50)


@pytest.mark.parametrize("case", [("quickstart", None), ("aws-finance", "prod")], ids=str)
def test_nothing_is_left_out_where_there_is_room(case: tuple[str, str | None]) -> None:
    text = comment(report(*case))
    assert len(text.encode()) < LIMIT
    assert "For the length of a comment" not in text
    for title in ("Cost", "Access", "Data", "Images and charts", "Policies", "Models"):
        assert f"<strong>{title}</strong>" in text
    assert "```mermaid\nflowchart LR\n" in text
    assert text.count("<details>") == text.count("</details>")


@pytest.mark.parametrize("count", [700, 1500])
def test_it_is_never_too_long(count: int) -> None:
    text = comment(big(count))
    assert len(text.encode()) < LIMIT
    footer = text.rstrip().splitlines()[-1]
    assert re.search(r"(Exposure|Data) shortened to \d+ of \d+ rows", footer)
    assert "`modelyard plan … --format html` has the whole" in footer
    assert "### Broken policies" in text
    assert "```mermaid" in text


@pytest.mark.parametrize("limit", [4_000, 8_000, 20_000])
def test_the_most_important_stays_the_longest(limit: int) -> None:
    text = comment(report("aws-finance", "prod"), limit=limit)
    assert len(text.encode()) <= limit
    assert "### Broken policies" in text
    assert "Images and charts" in text.rstrip().splitlines()[-1]
    assert text.count("<details>") == text.count("</details>")
    assert text.count("```") % 2 == 0


def test_what_is_shortened_says_how_much_there_is() -> None:
    text = comment(big(700))
    kept = re.search(r"Data shortened to (\d+) of (\d+) rows", text)
    exposure = re.search(r"Exposure shortened to (\d+) of (\d+) rows", text)
    found = kept or exposure
    assert found
    assert f"and {int(found[2]) - int(found[1])} more" in text


def test_the_facts_come_first() -> None:
    lines = comment(report("aws-finance", "prod")).splitlines()
    assert lines[0] == "## Plan of fraud (prod)"
    facts = [line for line in lines[:10] if line.startswith("- ")]
    assert facts[0] == "- **Cost a month:** $3,516 to $8,766, of a budget of $30,000"
    assert facts[1].startswith("- 🟠 **Policies:** 3 advisory broken")


def test_nothing_in_it_is_markup_that_somebody_else_wrote() -> None:
    text = comment(hostile.report())
    bare = re.sub(r"\\.", "", text)  # what a backslash stands before is shown
    for markup in ("<img", "</script", "](", "{{7"):
        assert markup not in bare
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
    assert set(re.findall(r"</?([a-z]+)", bare)) <= {"details", "summary", "strong", "br", "sub"}
    outside = re.sub(r"```mermaid.*?```", "", text, flags=re.DOTALL)
    words = re.sub(r"&#\d+;", " ", outside)
    assert not re.search(r"@\w|#\d", words), "somebody would be told of it"
    assert "https://evil" not in outside
    assert "www.evil" not in outside


def test_a_table_stays_a_table() -> None:
    for block in comment(hostile.report()).split("\n\n"):
        if block.startswith("| "):
            bars = {len(re.findall(r"(?<!\\)\|", row)) for row in block.splitlines()}
            assert len(bars) == 1


def test_a_renderer_makes_of_it_what_is_meant() -> None:
    """Tables and folds, and no tag, link or heading besides."""
    found = hostile.report()
    text = comment(found)
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    tables = [table for table in found.tables(full=True) if table.rows]
    assert rendered.count("<table>") == len(tables) + 1, "and the warnings"
    assert rendered.count("<details>") == text.count("<details>")
    tags = set(re.findall(r"<([a-z0-9]+)", rendered))
    layout = {"table", "thead", "tbody", "tr", "th", "td", "details", "summary", "pre", "code"}
    assert tags <= layout | {"h2", "h3", "p", "ul", "li", "strong"}
