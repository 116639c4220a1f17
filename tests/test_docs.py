"""The documentation says what is so: nothing generated is stale, and every example works."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from docs.generate import GENERATED, pages
from docs.generators import outputs

from modelyard.blueprint.loading.merging import merge
from modelyard.blueprint.loading.parsing import parse_bytes
from modelyard.cli.app import COMMANDS
from modelyard.program import check_file

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
ASIDE = ("blueprint.md", "capabilities.md", "commands.md", "CHANGELOG.md")
"""Pages without examples of their own."""

_FENCE = re.compile(r"(?ms)^```(?P<language>\w+)(?P<marks>[^\n]*)\n(?P<content>.*?)^```$")
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")


class Example(NamedTuple):
    """A fenced block: `sh run` is language and mark."""

    page: Path
    line: int
    language: str
    marks: tuple[str, ...]
    content: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def _examples(language: str) -> list[Example]:
    return [example for page in PAGES for example in _in_page(page) if example.language == language]


def _in_page(page: Path) -> Iterator[Example]:
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        marks = tuple(found["marks"].split())
        yield Example(page, line, found["language"], marks, found["content"])


def _runnable() -> list[Example]:
    return [example for example in _examples("sh") if "run" in example.marks]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what the examples speak of."""
    outputs.furnish(tmp_path)
    return tmp_path


def test_there_are_pages_and_examples() -> None:
    names = {page.name for page in PAGES}
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", *map(_name, GENERATED)} <= names
    assert _runnable()
    assert _examples("yaml")
    assert _examples("python")


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def test_what_is_generated_is_current() -> None:
    stale = [
        "\n".join(unified_diff(_text(path).splitlines(), text.splitlines(), path.name, "made", n=0))
        for path, text in pages().items()
        if _text(path) != text
    ]
    assert stale == [], "next: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for found in _LINK.finditer(_prose(page)):
        path, _, anchor = found["target"].partition("#")
        if "://" in path or path.startswith("mailto:"):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            dead.append(found["target"])
    assert not dead


def _prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def _anchors(page: Path) -> set[str]:
    """The anchors that a reader's browser is given for the headings of a page."""
    headings = re.findall(r"(?m)^#+ (.+)$", _prose(page))
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_files_exist(page: Path) -> None:
    """Paths between backticks, unless they have a placeholder in them."""
    roots = "components|tests|docs|blueprints|stacks|benchmarks"
    named = re.findall(rf"`((?:{roots})/[\w./-]+)`", _prose(page))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z]+):", makefile))
    named = {name for page in PAGES for name in re.findall(r"make ([a-z]+)\b`", _text(page))}
    named |= {
        name
        for example in _examples("sh")
        for name in re.findall(r"(?m)^make ([a-z]+)", example.content)
    }
    assert named
    assert named <= targets


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_every_target_of_make_explains_itself() -> None:
    makefile = _text(ROOT / "Makefile")
    phony = re.search(r"(?m)^\.PHONY: (.*)$", makefile)
    assert phony
    explained = set(re.findall(r"(?m)^([a-z-]+):.*## .+$", makefile))
    assert explained == set(phony[1].split())


def test_named_commands_exist() -> None:
    spoken = {
        name
        for page in PAGES
        for name in re.findall(r"(?:`|\$ |^)modelyard ([a-z]+)", _text(page), re.MULTILINE)
    }
    assert spoken
    assert spoken <= set(COMMANDS)


@pytest.mark.parametrize("example", _runnable(), ids=str)
def test_commands_run(example: Example, folder: Path) -> None:
    done = subprocess.run(
        ["sh", "-eu", "-c", example.content],
        cwd=folder,
        env=outputs.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("example", _examples("python"), ids=str)
def test_python_runs(example: Example, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", example.content],
        cwd=folder,
        env=outputs.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "example", [e for e in _examples("yaml") if e.page.name not in ASIDE], ids=str
)
def test_yaml_checks(example: Example, tmp_path: Path) -> None:
    """A whole blueprint as it is, a piece of one laid over the example of sizing."""
    content = yaml.safe_load(example.content)
    file = tmp_path / "example.yaml"
    file.write_text(
        example.content if "modelyard" in content else _completed(example.content),
        encoding="utf-8",
    )
    check_file(file)


def _completed(piece: str) -> str:
    base = (ROOT / "docs" / "examples" / "assistant.yaml").read_bytes()
    whole = merge(parse_bytes(base, "base"), parse_bytes(piece.encode(), "piece"))
    return yaml.safe_dump(_plain(whole))


def _plain(node: Any) -> Any:
    if isinstance(node.value, dict):
        return {key: _plain(child) for key, child in node.value.items()}
    return [_plain(child) for child in node.value] if isinstance(node.value, list) else node.value
