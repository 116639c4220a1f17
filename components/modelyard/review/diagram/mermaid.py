"""A diagram as Mermaid's flowchart, which forges draw inside of Markdown.

Every name stands between quotes, and whatever is no plain letter or digit is written as its number:
nothing in a blueprint can end a label, begin markup, or leave the block of code around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.review.diagram.diagram import Kind, Role
from modelyard.review.table import printable

if TYPE_CHECKING:
    from modelyard.review.diagram.diagram import Box, Diagram, Flow, Place

_LONGEST = 60
_UNSAFE = re.compile(r"[^A-Za-z0-9 ,.:/()+_-]")
_LIST = re.compile(r"^(\d+\.|[-+]) ")
_SHAPES = {
    Role.ENTRY: ("([", "])"),
    Role.MODEL: ("[", "]"),
    Role.PART: ("[", "]"),
    Role.STORE: ("[(", ")]"),
}
_STYLES = (
    "classDef model fill:#dbe7ff,stroke:#3b5bdb,color:#14213d",
    "classDef entry fill:#fff3d6,stroke:#b7791f,color:#3d2b00",
    "classDef part fill:#f1f3f5,stroke:#868e96,color:#212529",
    "classDef store fill:#d8f3e6,stroke:#2b8a5f,color:#0b3a26",
    "classDef site fill:#fbfcfd,stroke:#adb5bd,color:#212529",
    "classDef outside fill:#ffe3e3,stroke:#c92a2a,color:#4a0d0d",
)


def mermaid(diagram: Diagram) -> str:
    """The whole chart, ending in a line's end."""
    return "\n".join(_lines(diagram)) + "\n"


def _lines(diagram: Diagram) -> Iterator[str]:
    yield "flowchart LR"
    for outside in diagram.outside:
        yield f"  {outside.id}{{{{{_label(outside.title)}}}}}:::outside"
    for place in diagram.places:
        yield from _place(place)
    yield from (f"  {_flow(flow)}" for flow in diagram.flows)
    if diagram.left_out:
        yield f"  more[{_label(f'and {diagram.left_out}')}]"
    yield from (f"  {style}" for style in _STYLES)
    if diagram.places:
        yield f"  class {','.join(place.id for place in diagram.places)} site"


def _place(place: Place) -> Iterator[str]:
    title = ", ".join(filter(None, (place.title, place.detail)))
    yield f"  subgraph {place.id} [{_label(title)}]"
    if not place.boxes:
        yield f"    {place.id}none[{_label('nothing that is drawn')}]:::part"
    yield from (f"    {_box(box)}" for box in place.boxes)
    yield "  end"


def _box(box: Box) -> str:
    before, after = _SHAPES[box.role]
    return f"{box.id}{before}{_label(box.title, box.detail)}{after}:::{box.role.name.lower()}"


def _flow(flow: Flow) -> str:
    words = ", ".join(filter(None, (flow.label, "nobody is asked" if flow.open else "")))
    label = f"|{_label(words)}|" if words else ""
    if flow.kind is Kind.LINK:
        return f"{flow.start} <-.->{label} {flow.end}"
    return f"{flow.start} {'==>' if flow.open else '-->'}{label} {flow.end}"


def _label(*lines: str) -> str:
    """Text between quotes; `<br/>` is the one piece of markup, and it is ours."""
    return '"' + "<br/>".join(escaped(line) for line in lines if line) + '"'


def escaped(text: str) -> str:
    """Text that Mermaid shows as it is."""
    plain = printable(" ".join(text.split()))
    short = plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"
    listed = _LIST.sub(lambda found: found.group().translate(_NUMBERS), short)
    return _UNSAFE.sub(_numbered, listed)


_NUMBERS = str.maketrans(
    {".": "\N{ONE DOT LEADER}", "-": "\N{HYPHEN}", "+": "\N{FULLWIDTH PLUS SIGN}"}
)
"""What would begin a list at the start of a label, and what looks the same and begins none."""


def _numbered(found: re.Match[str]) -> str:
    return f"#{ord(found.group())};"
