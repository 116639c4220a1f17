"""A finding with its place in a file, as platforms show it beside the lines of a change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from modelyard.blueprint.errors import one_line
from modelyard.review.finding import NEW

if TYPE_CHECKING:
    from modelyard.cli.ci.outcome import Outcome
    from modelyard.review.finding import Finding

_NAMED = 3
"""Resources that are named of those that break the same rule at the same line."""


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
    """What the finding is about: the id of a policy, or `blueprint`."""
    text: str

    @property
    def title(self) -> str:
        return f"modelyard: {self.rule}"


def annotated(outcomes: Iterable[Outcome]) -> list[Annotation]:
    """What comes with a change, each once: errors first, then by place.

    Platforms show the first few alone. What breaks one rule at one line is one annotation.
    """
    groups: dict[tuple[str, int, int, str, bool], dict[Finding, None]] = {}
    for outcome in outcomes:
        for each in outcome.findings:
            if each.state == NEW and each.reason is None:
                key = (outcome.path, *_place(each, outcome.path), each.subject, each.blocks)
                groups.setdefault(key, {})[each] = None
    made = (_annotation(*key, list(found)) for key, found in groups.items())
    return sorted(made, key=lambda a: (a.level is not Level.ERROR, a.path, a.line))


def _place(finding: Finding, path: str) -> tuple[int, int]:
    """A preset's lines are in no file of the repository."""
    where = finding.where
    return (where.line, where.column) if where and where.file == path else (1, 1)


def _annotation(
    path: str, line: int, column: int, rule: str, blocks: bool, found: Sequence[Finding]
) -> Annotation:
    names = list(dict.fromkeys(each.name for each in found if each.name))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    named = f"{', '.join(names[:_NAMED])}{more}: " if names else ""
    what = found[0].what if found[0].what.endswith("?") else f"{found[0].what}."
    then = f" Next: {found[0].next}" if found[0].next else ""
    level = Level.ERROR if blocks else Level.WARNING
    return Annotation(path, line, column, level, rule, one_line(f"{named}{what}{then}"))
