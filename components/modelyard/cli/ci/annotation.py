"""A finding with its place in a file, as platforms show it beside the lines of a change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Annotation:
    """`path` is from the root of the repository; lines and columns count from 1."""

    path: str
    line: int
    column: int
    level: Level
    rule: str
    """What kind of finding it is: the id of a policy, or `blueprint`."""
    text: str

    @property
    def title(self) -> str:
        return f"modelyard: {self.rule}"


def worst_first(annotations: Iterable[Annotation]) -> list[Annotation]:
    """Each once: errors first, then by place. Platforms show the first few alone."""
    return sorted(
        dict.fromkeys(annotations), key=lambda a: (a.level is not Level.ERROR, a.path, a.line)
    )
