"""A plan or a diff as the comment of a pull request: folded, and never too long for GitHub."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from modelyard.review.diagram.mermaid import mermaid
from modelyard.review.fact import Tone
from modelyard.review.markdown import escaped, in_html, rows_text
from modelyard.review.table import Table

if TYPE_CHECKING:
    from modelyard.review.fact import Fact
    from modelyard.review.rendering import Reviewed

LIMIT = 65_536
"""What GitHub takes; counted in bytes, of which a character has one or more."""
_FOOTER = 1_500
"""Kept free for what is said of the rest."""
_CELL = 1_000
_OPEN = ("What keeps data", "Broken policies", "Policies", "Blueprint", "Warnings")
"""Not folded: what somebody has to see. In a plan, `Policies` counts them and is folded."""
_BY_WEIGHT = (
    *("What keeps data", "Broken policies", "Policies", "Warnings", "Blueprint", "Changes"),
    *("Cost", "Platform", "Exposure", "Access", "Data", "Resources", "Models", "Why"),
    *("Waived policies", "Billed by use", "Along with what they are made of", "Notes"),
    *("Images and charts", "Capabilities"),
)
"""What is cut last comes first."""
_MARKS = {Tone.BAD: "🔴 ", Tone.WARNING: "🟠 ", Tone.GOOD: "🟢 ", Tone.PLAIN: ""}


@dataclass(frozen=True)
class _Part:
    """A part of the comment: a table, or (the diagram) a text that cannot be cut."""

    title: str
    table: Table | None = None
    text: str = ""
    open: bool = False

    @property
    def weight(self) -> int:
        return _BY_WEIGHT.index(self.title) if self.title in _BY_WEIGHT else len(_BY_WEIGHT)

    @property
    def rows(self) -> int:
        return len(self.table.rows) if self.table else 0

    def short(self, rows: int) -> _Part:
        """The same with its first rows alone."""
        assert self.table is not None
        more = f"and {self.rows - rows} more"
        note = f"{self.table.note}; {more}" if self.table.note else more
        return replace(self, table=replace(self.table, rows=self.table.rows[:rows], note=note))

    def __str__(self) -> str:
        body, note = self.text, ""
        if self.table is not None:
            body, note = rows_text(_clipped(self.table)), self.table.note
        if self.open:
            return "\n\n".join(filter(None, (f"### {escaped(self.title)}", body, escaped(note))))
        told = f": {in_html(note)}" if note else ""
        summary = f"<summary><strong>{in_html(self.title)}</strong>{told}</summary>"
        return f"<details>\n{summary}\n\n{body}\n\n</details>"


def comment(reviewed: Reviewed, *, limit: int = LIMIT) -> str:
    """The whole as Markdown of at most `limit` bytes.

    Where it would be longer, the least important is shortened or left out, and the last lines say
    what, and where the whole is.
    """
    parts = list(_parts(reviewed))
    head = _head(reviewed)
    kept, cut = _fitting(parts, limit - _size(head) - _FOOTER)
    return "\n\n".join([head, *map(str, kept), *_footer(reviewed, cut)]) + "\n"


def _head(reviewed: Reviewed) -> str:
    facts = "\n".join(f"- {_fact(fact)}" for fact in reviewed.facts)
    parts = (f"## {escaped(reviewed.heading)}", escaped(reviewed.comparing), facts)
    return "\n\n".join(filter(None, parts))


def _fact(fact: Fact) -> str:
    said = ", ".join(filter(None, (fact.figure, fact.more)))
    return f"{_MARKS[fact.tone]}**{fact.about}:** {escaped(said)}"


def _parts(reviewed: Reviewed) -> Iterable[_Part]:
    """In the order in which they are read: what is open, the platform, and the rest."""
    tables = [_Part(t.title, t, open=_is_open(t)) for t in _tables(reviewed) if t.rows]
    yield from (part for part in tables if part.open)
    yield _Part("Platform", text=f"```mermaid\n{mermaid(reviewed.diagram)}```", open=True)
    yield from (part for part in tables if not part.open)


def _tables(reviewed: Reviewed) -> Iterable[Table]:
    yield from reviewed.tables(full=True)
    if reviewed.remarks:
        title = "Warnings" if reviewed.comparing == "" else "Notes"
        yield Table(title, (title.lower(),), tuple((said,) for said in reviewed.remarks))


def _is_open(table: Table) -> bool:
    return table.title in _OPEN and not table.numbers


def _fitting(parts: Sequence[_Part], room: int) -> tuple[list[_Part], list[str]]:
    """What there is room for, and what is said of the rest.

    The most important are served first. Where not all fits, none takes more than half of what is
    left, so that one endless table does not drive out all others.
    """
    if sum(_size(str(part)) + 2 for part in parts) <= room:
        return list(parts), []
    kept: dict[int, _Part] = {}
    for index, part in sorted(enumerate(parts), key=lambda each: each[1].weight):
        if fitting := _shortened(part, room // 2):
            kept[index] = fitting
            room -= _size(str(fitting)) + 2
    cut = [_cut(part, kept.get(index)) for index, part in enumerate(parts)]
    return [kept[index] for index in sorted(kept)], [said for said in cut if said]


def _cut(part: _Part, kept: _Part | None) -> str:
    if kept is None:
        return f"{part.title} left out"
    short = f"{part.title} shortened to {kept.rows} of {part.rows} rows"
    return short if kept.rows < part.rows else ""


def _shortened(part: _Part, room: int) -> _Part | None:
    """As much of a part as there is room for; None for nothing."""
    if _size(str(part)) + 2 <= room:
        return part
    fits, too_many = 0, part.rows
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if _size(str(part.short(middle))) + 2 <= room:
            fits = middle
        else:
            too_many = middle
    return part.short(fits) if fits else None


def _footer(reviewed: Reviewed, cut: Sequence[str]) -> Iterable[str]:
    if cut:
        command = f"modelyard {reviewed.command} … --format html"
        said = f"For the length of a comment: {'; '.join(cut)}. `{command}` has the whole."
        yield f"<sub>{said if _size(said) < _FOOTER else f'`{command}` has the rest.'}</sub>"


def _clipped(table: Table) -> Table:
    rows = tuple(tuple(c if len(c) <= _CELL else f"{c[:_CELL]}…" for c in r) for r in table.rows)
    return replace(table, rows=rows)


def _size(text: str) -> int:
    return len(text.encode())
