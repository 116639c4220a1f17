"""No platform that is known here: a report in a folder, and an exit code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from modelyard.cli.ci.annotation import Annotation
from modelyard.cli.ci.platform import plain_lines
from modelyard.cli.ci.web import Comments, Unposted


@dataclass(frozen=True)
class Plain:
    """Any other pipeline, or a person's own machine."""

    variables: Mapping[str, str]
    name = "plain"
    limit = 1_000_000
    summary_limit = 1_000_000
    deepen = "run `git fetch --unshallow`"
    change = ""
    writer = ""
    page = ""

    @classmethod
    def runs(cls, variables: Mapping[str, str]) -> bool:
        return True

    def bases(self) -> Iterator[str]:
        yield from ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/heads/main")

    def lines(self, annotations: Iterable[Annotation]) -> Iterator[str]:
        return plain_lines(annotations)

    def files(self, annotations: Iterable[Annotation]) -> Mapping[str, str]:
        return {}

    def summarise(self, file: Path) -> Iterator[str]:
        yield from ()

    def comments(self) -> Comments:
        raise Unposted("there is no platform to write it to")
