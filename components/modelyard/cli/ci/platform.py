"""What a pipeline runs on, and what `modelyard ci` asks of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from modelyard.blueprint.errors import one_line
from modelyard.cli.ci.annotation import Annotation
from modelyard.cli.ci.web import Comments

NO_COMMIT = "0" * 40
"""What platforms say of a branch that was not there before."""


class Platform(Protocol):
    """One of GitHub Actions, GitLab CI, Azure Pipelines, or none of them.

    Made of environment variables, and of the files that they name.
    """

    name: str
    limit: int
    """The most bytes of a comment."""
    summary_limit: int
    """The most bytes of what `summarise` is given."""
    deepen: str
    """How a pipeline is told to fetch the whole history."""

    @property
    def change(self) -> str:
        """The number of the pull or merge request; empty where there is none."""
        ...

    @property
    def writer(self) -> str:
        """Repository and pipeline: whose comment it is."""
        ...

    @property
    def page(self) -> str:
        """Address of the run, with the report among its artifacts; empty where there is none."""
        ...

    def bases(self) -> Iterator[str]:
        """Revisions that the change starts from, the best first."""
        ...

    def lines(self, annotations: Iterable[Annotation]) -> Iterator[str]:
        """Annotations as lines of output, each of which the platform understands."""
        ...

    def files(self, annotations: Iterable[Annotation]) -> Mapping[str, str]:
        """Annotations as files of the report, by name."""
        ...

    def summarise(self, file: Path) -> Iterator[str]:
        """Show a Markdown file on the run's page; lines of output that it takes."""
        ...

    def comments(self) -> Comments:
        """The comments of the change. Raises Unposted where there is no way to them."""
        ...


def marker(platform: Platform, name: str) -> str:
    """The hidden first line by which a pipeline knows its own comment again."""
    owner = hashlib.sha256(f"{platform.writer}\n{name}".encode()).hexdigest()[:16]
    return f"<!-- modelyard ci {owner} -->"


def branch(name: str | None) -> Iterator[str]:
    """A branch by the names that a pipeline's clone may have for it."""
    if name:
        short = name.removeprefix("refs/heads/")
        yield f"refs/remotes/origin/{short}"
        yield f"refs/heads/{short}"


def plain_lines(annotations: Iterable[Annotation]) -> Iterator[str]:
    """As compilers say it."""
    for each in annotations:
        place = f"{one_line(each.path)}:{each.line}:{each.column}"
        yield harmless(f"{place}: {each.level}: {each.rule}: {each.text}")


_COMMAND = re.compile(r"##(?=vso\[|\[)")
_FIRST = re.compile(r"(?m)^(\s*):(?=:)")


def harmless(text: str) -> str:
    """Text that no platform takes for a command to itself, wherever it stands in the output."""
    return _FIRST.sub(r"\1: ", _COMMAND.sub("# #", text))
