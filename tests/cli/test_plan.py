"""`modelyard plan`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.cells import cell_len
from tests.cli.conftest import QUICKSTART, Run, process
from tests.support import shipped

KEYS = {
    *("blueprint", "sites", "capabilities", "models", "links", "resources", "cost", "policies"),
    *("exposure", "access", "data", "supply", "watches", "revalidated", "warnings"),
}
FULL = shipped.FOLDER / "finance.yaml"


def test_the_plan_of_the_first_blueprint(run: Run) -> None:
    result = run("plan", "quickstart.yaml")
    assert (result.code, result.err) == (0, "")
    for said in ("Plan of quickstart", "Capabilities", "Models", "Resources", "Cost", "churn"):
        assert said in result.out
    assert "warning:" in result.out


def test_an_environment_has_its_own(run: Run) -> None:
    dev, prod = (run("plan", FULL, "-e", name, "--format", "json") for name in ("dev", "prod"))
    assert dev.code == prod.code == 0
    names = [json.loads(result.out)["blueprint"]["environment"] for result in (dev, prod)]
    assert names == ["dev", "prod"]
    assert json.loads(dev.out)["cost"] != json.loads(prod.out)["cost"]


def test_json_is_all_that_is_printed(run: Run) -> None:
    result = run("plan", "quickstart.yaml", "--format", "json")
    assert (result.code, result.err) == (0, "")
    assert set(json.loads(result.out)) == KEYS


@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_is_wider_than_the_terminal(
    columns: int, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for path in (FULL, shipped.FOLDER / "llm-platform.yaml"):
        result = run("plan", path, "--full")
        assert [line for line in result.out.splitlines() if cell_len(line) > columns] == []


def test_a_narrow_terminal_loses_no_word(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells are folded, not cut."""
    wide, narrow = _words(run, monkeypatch, "200"), _words(run, monkeypatch, "80")
    assert "…" not in narrow
    assert narrow == wide


def _words(run: Run, monkeypatch: pytest.MonkeyPatch, columns: str) -> str:
    """The letters of the plan in order of the alphabet: folding changes only their places."""
    monkeypatch.setenv("COLUMNS", columns)
    return "".join(sorted(re.sub(r"[\s─]", "", run("plan", FULL, "-e", "prod").out)))


def test_what_a_reviewer_asks_is_in_short_until_it_is_asked_for(run: Run) -> None:
    short, full = (run("plan", FULL, "-e", "prod", *flag).out for flag in ((), ("--full",)))
    assert "For review" in short
    assert "way in, from where" not in short
    for said in ("Exposure", "Access", "Images and charts", "who may do what with what"):
        assert said in full
    assert len(short) < len(full)


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_what_can_be_folded_has_it_all(run: Run, form: str) -> None:
    out = run("plan", FULL, "-e", "prod", "--format", form).out
    for said in ("Exposure", "Access", "Data", "Images and charts"):
        assert said in out


def test_markdown_is_tables(run: Run) -> None:
    result = run("plan", "quickstart.yaml", "--format", "markdown")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("## Plan of quickstart\n")
    tables = [block for block in result.out.split("\n\n") if block.startswith("| ")]
    assert len(tables) >= 4
    for table in tables:
        rows = [line for line in table.splitlines() if line.startswith("|")]
        assert len({_bars(row) for row in rows}) == 1


def _bars(row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", row))


class _Page(HTMLParser):
    """Collects what a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.reached: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        outside = [value for name, value in attrs if name in ("src", "href") and value]
        self.reached += [tag] if tag in ("link", "img", "iframe", "object", "embed") else []
        self.reached += [value for value in outside if not value.startswith("#")]


def test_html_is_one_page_that_reaches_nowhere(run: Run) -> None:
    result = run("plan", "quickstart.yaml", "--format", "html")
    assert (result.code, result.err) == (0, "")
    assert result.out.lstrip().startswith("<!DOCTYPE html>")
    page = _Page()
    page.feed(result.out)
    assert page.reached == []
    assert "churn" in result.out


def test_a_stranger_cannot_write_markup(run: Run, folder: Path) -> None:
    """What people write comes out as text in every form of the report."""
    evil = "models:/<script>alert(1)</script>|`x`@champion"
    (folder / "b.yaml").write_text(QUICKSTART.replace("models:/churn@champion", evil))
    for form in ("html", "markdown"):
        result = run("plan", "b.yaml", "--format", form)
        assert "<script>alert" not in re.sub(r"\\<", "", result.out)


def test_the_same_plan_every_time(run: Run) -> None:
    outs = {run("plan", FULL, "-e", "prod", "--format", "json").out for _ in range(2)}
    assert len(outs) == 1


def _processes(count: int, **environment: str) -> Iterator[str]:
    for seed in range(count):
        command = process(
            *("plan", FULL, "-e", "prod", "--format", "json"),
            cwd=shipped.FOLDER,
            PYTHONHASHSEED=str(seed),
            **environment,
        )
        out, err = command.communicate(timeout=120)
        assert (command.returncode, err) == (0, "")
        yield out


def test_the_same_plan_on_every_machine() -> None:
    """Neither the order of sets nor the language of the machine is seen in it."""
    assert len({*_processes(2), *_processes(1, LC_ALL="C", TZ="Asia/Tokyo")}) == 1
