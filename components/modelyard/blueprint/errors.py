"""What can be wrong, and how it is said: where, what, what is allowed, what to do next.

ModelyardError            exit code 2: what was given is wrong
├── BlueprintError        carries every problem found, not only the first
└── NotReadyError         exit code 3: the machine lacks a tool, a network, a permission
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

_SHOWN = 16
_UNPRINTABLE = re.compile(
    "[^\\S ]|[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_COMMAND = re.compile(r"##(?=\[|vso\[)|::(?=[a-z][\w-]*( [^:]*)?::)", re.IGNORECASE)
"""What runners of pipelines take for an order in a log: Azure's `##vso[`, GitHub's `::error::`."""
_PLAIN_KEY = re.compile(r"^[\w<>-]+$")


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return one_line(f"{self.file}:{self.line}:{self.column}")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong or doubtful.

    `path` is dotted, list items by name: `models[fraud-scorer].serve.engine`.
    """

    where: Location | None
    path: str
    what: str
    allowed: tuple[str, ...] = ()
    nearest: str | None = None
    next: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = [str(part) for part in (self.where, one_line(self.path)) if part]
        text = ": ".join([*place, one_line(self.what)])
        if self.allowed:
            text += f"; allowed: {one_line(shortened(self.allowed))}"
        if self.nearest:
            text += f"; did you mean '{one_line(self.nearest)}'?"
        if self.next:
            text += f"{'' if text.endswith('?') else '.'} Next: {one_line(self.next)}"
        return text


class ModelyardError(Exception):
    """Anything this package refuses to do, in words for the person who asked for it."""

    exit_code = 2


class NotReadyError(ModelyardError):
    """The machine, not the blueprint, is at fault."""

    exit_code = 3


class BlueprintError(ModelyardError):
    """A blueprint that cannot be used; `problems` in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = ordered(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def ordered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once, by file and line; what has no place in a file comes first."""
    return tuple(sorted(dict.fromkeys(problems), key=_position))


def _position(problem: Problem) -> tuple[str, int, int, str]:
    where = problem.where or Location("", 0, 0)
    return (where.file, where.line, where.column, problem.path)


def nearest(word: object, allowed: Iterable[str]) -> str | None:
    """The allowed word that `word` was probably meant to be, or None."""
    if not isinstance(word, str) or len(word) > 100:
        return None
    from difflib import get_close_matches  # only where something is wrong already

    folded, by_folded = word.casefold(), {choice.casefold(): choice for choice in allowed}
    found = get_close_matches(folded, by_folded, n=1, cutoff=0.6)
    found += [choice for choice in by_folded if len(folded) > 2 and choice.startswith(folded)]
    return by_folded[found[0]] if found else None


def shortened(words: Sequence[str]) -> str:
    """A list for a sentence, cut where nobody would read on."""
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more


def quoted(text: object, length: int = 60) -> str:
    """Something a person wrote, between quotes, short enough for a sentence."""
    words = one_line(str(text))
    return f"'{words if len(words) <= length else words[: length - 1] + '…'}'"


def one_line(text: str) -> str:
    """Text that cannot break out of its line: a blueprint may come from a stranger, a log is read
    by machines.
    """
    shown = _UNPRINTABLE.sub(lambda found: found.group().encode("unicode_escape").decode(), text)
    return unordered(shown)


def unordered(text: str) -> str:
    """Text that no pipeline obeys, where it comes to stand in its log."""
    return _COMMAND.sub(lambda found: rf"\x{ord(found.group()[0]):02x}{found.group()[1:]}", text)


def dotted(path: Iterable[str | int]) -> str:
    """`("models", "[fraud]", "serve")` as `models[fraud].serve`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.startswith("[") and part.endswith("]"):
            text += part
        else:
            text += f".{part if _PLAIN_KEY.match(part) else quoted(part)}"
    return text.removeprefix(".")
