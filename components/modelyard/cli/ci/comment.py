"""The comment: a table of all blueprints, and below it each of them, folded, as far as it fits."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from modelyard.cli.ci.outcome import Outcome, Section, Status
from modelyard.cli.ci.review import WORST_FIRST, Review
from modelyard.review.markdown import escaped
from modelyard.review.table import printable

_RANKS = ("Problems", "What keeps data", "What gets looser", "Policies", "Blueprint", "Cost")
"""Of sections, the most important first; then those that are not named, and then these."""
_LAST = (
    "What else changes for review",
    "Changes",
    "Resources",
    "Along with what they are made of",
    "Platform",
)
_SPARE = 600
"""Bytes for what is said of what was cut."""
_NAMED = 10
"""Blueprints that are named where they are cut; the report has all of them."""
_ROWS = ("blueprint", "because", "resources", "US dollars a month", "policies", "result")


@dataclass(frozen=True)
class _Piece:
    """One section of one outcome, with what it gives way to."""

    outcome: int
    section: int
    rank: tuple[int, int]
    text: str


@dataclass(frozen=True)
class Comment:
    """A review as Markdown of so many bytes at most."""

    review: Review
    limit: int
    page: str = ""
    """Address of the whole report."""
    before: str = ""
    """What stands first: the marker."""

    def text(self) -> str:
        """The least important sections of all blueprints are cut first, and that is said."""
        head, rows = self._head(), self._rows()
        room = self.limit - _SPARE - _size(head)
        shown, room = _fitting(rows, room)
        kept = self._kept(room)
        parts = [head + "".join(shown), *self._details(kept), *self._cut(kept, len(rows), shown)]
        return "\n\n".join(parts) + "\n"

    def _head(self) -> str:
        lines = [self.before] if self.before else []
        lines += ["## Review of blueprints", ""]
        lines += [f"{escaped(self.review.counts)}; compared with {escaped(self.review.start)}."]
        if self._listed:
            lines += ["", _row(_ROWS), _row(("---",) * len(_ROWS))]
        return "\n".join(lines) + "\n"

    @cached_property
    def _listed(self) -> list[int]:
        """What is wrong comes first, and what is unchanged is counted alone."""
        order = {status: place for place, status in enumerate(WORST_FIRST)}
        outcomes = self.review.outcomes
        shown = [i for i, each in enumerate(outcomes) if each.status in order]
        wrong = {i: self.review.finds(outcomes[i]) for i in shown}
        worst = (Status.BROKEN, Status.FAILED)
        return sorted(shown, key=lambda i: (outcomes[i].status not in worst, not wrong[i], i))

    def _rows(self) -> list[str]:
        return [f"{_row(self._cells(self.review.outcomes[i]))}\n" for i in self._listed]

    def _cells(self, outcome: Outcome) -> tuple[str, ...]:
        result = f"**{outcome.status}**" if outcome.why else str(outcome.status)
        if self.review.finds(outcome):
            result = "**findings**"
        return (
            _code(outcome.label),
            escaped("; ".join(outcome.reasons)),
            escaped(outcome.changes or "-"),
            escaped(_cost(outcome)),
            escaped(_policies(outcome)),
            result + (f": {escaped(outcome.why)}" if outcome.why else ""),
        )

    def _kept(self, room: int) -> set[tuple[int, int]]:
        """The sections that fit, by outcome and place, most important first."""
        kept: set[tuple[int, int]] = set()
        opened: set[int] = set()
        for piece in sorted(self._pieces(), key=lambda piece: piece.rank):
            outcome = self.review.outcomes[piece.outcome]
            size = _size(piece.text) + 2
            size += 0 if piece.outcome in opened else _size(_folded(outcome, ""))
            if size <= room:
                room -= size
                opened.add(piece.outcome)
                kept.add((piece.outcome, piece.section))
        return kept

    def _pieces(self) -> Iterator[_Piece]:
        for place, index in enumerate(self._listed):
            for number, section in enumerate(_sections(self.review.outcomes[index])):
                yield _Piece(index, number, (_rank(section.title), place), section.text)

    def _details(self, kept: set[tuple[int, int]]) -> Iterator[str]:
        for index in self._listed:
            outcome = self.review.outcomes[index]
            sections = [
                section.text
                for number, section in enumerate(_sections(outcome))
                if (index, number) in kept
            ]
            if sections:
                yield _folded(outcome, "\n\n".join(sections))

    def _cut(self, kept: set[tuple[int, int]], rows: int, shown: Sequence[str]) -> Iterator[str]:
        cut = [
            index
            for index in self._listed
            for number, _ in enumerate(_sections(self.review.outcomes[index]))
            if (index, number) not in kept
        ]
        if len(shown) < rows:
            yield f"{rows - len(shown)} more blueprints had no room here."
        if cut:
            named = list(dict.fromkeys(_code(self.review.outcomes[index].path) for index in cut))
            names = ", ".join(named[:_NAMED]) if _size("".join(named[:_NAMED])) < 300 else ""
            more = f" of {names}" if names and len(named) <= _NAMED else ""
            yield f"{len(cut)} sections{more} had no room here. {self._report} has all."
        else:
            yield f"{self._report} has every detail."

    @property
    def _report(self) -> str:
        return f"[The report]({self.page})" if self.page else "The report of the run"


def _fitting(rows: list[str], room: int) -> tuple[list[str], int]:
    """As many rows as fit, and the room that is left."""
    shown: list[str] = []
    for row in rows:
        if _size(row) > room:
            break
        room -= _size(row)
        shown.append(row)
    return shown, room


def _sections(outcome: Outcome) -> list[Section]:
    if not outcome.notes:
        return list(outcome.sections)
    notes = "\n".join(f"- {escaped(note)}" for note in outcome.notes)
    return [*outcome.sections, Section("Notes", f"#### Notes\n\n{notes}")]


def _rank(title: str) -> int:
    if title in _RANKS:
        return _RANKS.index(title)
    return len(_RANKS) + (1 + _LAST.index(title) if title in _LAST else 0)


def _folded(outcome: Outcome, text: str) -> str:
    summary = f"{_code(outcome.label)} {outcome.changes or outcome.status}"
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"


def _cost(outcome: Outcome) -> str:
    if outcome.cost is None:
        return "-"
    before, after = outcome.cost
    if before is None or before == after:
        return _span(after)
    return f"{_span(before)} -> {_span(after)}"


def _span(monthly: tuple[float, float]) -> str:
    low, high = (f"{value:,.0f}" for value in monthly)
    return low if low == high else f"{low} to {high}"


def _policies(outcome: Outcome) -> str:
    if outcome.status in (Status.BROKEN, Status.FAILED, Status.REMOVED):
        return "-"
    parts = [f"{outcome.broken} broken"] if outcome.broken else ["kept"]
    parts += [f"{outcome.new_broken} newly"] if outcome.new_broken else []
    parts += [f"{outcome.blocking} mandatory"] if outcome.blocking else []
    return ", ".join([*parts, *outcome.data])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """As HTML, in which neither Markdown nor a mention of somebody has a meaning."""
    safe = html.escape(printable(" ".join(text.split())))
    text = _STEERING.sub(lambda found: f"&#{ord(found.group())};", safe)
    return f"<code>{text.replace('www.', 'www&#46;')}</code>"


_STEERING = re.compile(r"[|@\\`*_~\[\]!:]")


def _size(text: str) -> int:
    """In UTF-8: platforms count characters, of which there are no more."""
    return len(text.encode("utf-8", "backslashreplace"))
