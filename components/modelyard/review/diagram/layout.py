"""Where each part of a diagram is drawn, in pixels: sites below each other, links at their right.

Within a site, columns follow a request: ways in, models, what is around them, where data rest. Who
comes from outside stands at the left. Links run down the right side, each in a lane of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from modelyard.review.diagram.diagram import Box, Diagram, Flow, Kind, Outside, Place, Role

BOX, HEIGHT, GAP = 184, 46, 14
_BETWEEN = 34
"""From one column to the next."""
_PAD, _TITLE = 20, 34
_OUTSIDE, _REACH = 166, 116
"""Width of who comes from outside, and the way from there to the sites."""
_HEADER = 26
_APART = 26
"""From one site to the next."""
_LABEL, _LANE, _PORT = 176, 16, 28
_READABLE = 900
_TEXT = 20
_SMALL = 28
_FIRST = 18
"""Letters that there is room for: of a title, of a detail, and of who comes from outside."""


@dataclass(frozen=True)
class Rect:
    """A rectangle with its words; `whole` is what had to be cut."""

    x: int
    y: int
    width: int
    height: int
    style: str
    lines: tuple[str, ...]
    whole: str

    @property
    def left(self) -> tuple[int, int]:
        return self.x, self.y + self.height // 2

    @property
    def right(self) -> tuple[int, int]:
        return self.x + self.width, self.y + self.height // 2


@dataclass(frozen=True)
class Line:
    """A line with its words, and where those stand."""

    path: str
    style: str
    label: str = ""
    at: tuple[int, int] = (0, 0)
    whole: str = ""

    @property
    def room(self) -> int:
        """Pixels that the words take."""
        return 14 + 6 * len(self.label)


class Layout:
    """All rectangles and lines of a diagram."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram

    @property
    def width(self) -> int:
        lanes = _LABEL + _LANE * (len(self._lanes) + 1) if self._lanes else 1
        return self._left + self._inner + lanes

    @property
    def height(self) -> int:
        bottoms = [each.y + each.height for each in (*self.places.values(), *self.outside.values())]
        return max(bottoms, default=_HEADER) + 4

    @property
    def wide(self) -> bool:
        """Whether it would be too small to read on a narrow screen, so that it has to be moved."""
        return self.width > _READABLE

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """The columns there are."""
        return tuple(r for r in Role if any(place.of(r) for place in self.diagram.places))

    @property
    def headers(self) -> Iterator[tuple[int, str]]:
        """What each column is, and where its middle is."""
        for role in self.roles:
            yield self._column(role) + BOX // 2, str(role)

    @property
    def _left(self) -> int:
        return _OUTSIDE + _REACH if self.diagram.outside else 0

    @property
    def _inner(self) -> int:
        columns = max(len(self.roles), 1)
        return 2 * _PAD + columns * BOX + (columns - 1) * _BETWEEN

    def _column(self, role: Role) -> int:
        return self._left + _PAD + self.roles.index(role) * (BOX + _BETWEEN)

    # -- Rectangles -------------------------------------------------------------------------

    @cached_property
    def places(self) -> Mapping[str, Rect]:
        """The sites by their ids."""
        found: dict[str, Rect] = {}
        y = _HEADER
        for place in self.diagram.places:
            ports = sum(place.id in (f.start, f.end) for f in self.diagram.between(Kind.LINK))
            most = max([len(place.of(role)) for role in Role])
            inner = max(most * (HEIGHT + GAP), ports * _PORT)
            height = _TITLE + inner + _PAD - (GAP if most else 0)
            found[place.id] = self._card(place, y, height)
            y += height + _APART
        return found

    def _card(self, place: Place, y: int, height: int) -> Rect:
        words = (place.title, place.detail)
        return Rect(self._left, y, self._inner, height, "site", words, ", ".join(words))

    @cached_property
    def boxes(self) -> Mapping[str, Rect]:
        """What stands on them, by its ids."""
        return {
            box.id: self._box(box, self._column(role), self.places[place.id].y + _TITLE, index)
            for place in self.diagram.places
            for role in self.roles
            for index, box in enumerate(place.of(role))
        }

    def _box(self, box: Box, x: int, top: int, index: int) -> Rect:
        lines = (_cut(box.title, _TEXT), _cut(box.detail, _SMALL))
        whole = ", ".join(filter(None, (box.title, box.detail)))
        y = top + index * (HEIGHT + GAP)
        return Rect(x, y, BOX, HEIGHT, box.role.name.lower(), lines, whole)

    @cached_property
    def outside(self) -> Mapping[str, Rect]:
        """Who comes from outside, beside what they come to."""
        found: dict[str, Rect] = {}
        y = _HEADER
        for each in sorted(self.diagram.outside, key=self._beside):
            y = max(y, self._beside(each))
            words = _halves(each.title)
            found[each.id] = Rect(0, y, _OUTSIDE, HEIGHT, "outside", words, each.title)
            y += HEIGHT + GAP
        return found

    def _beside(self, outside: Outside) -> int:
        ends = [self.boxes[f.end].y for f in self.diagram.flows if f.start == outside.id]
        return min(ends, default=_HEADER)

    # -- Lines ------------------------------------------------------------------------------

    @property
    def flows(self) -> Iterator[Line]:
        """From outside, and from box to box; what asks nobody comes last, above the others."""
        for flow in sorted(self.diagram.between(Kind.IN, Kind.USE), key=lambda flow: flow.open):
            ends = {**self.boxes, **self.outside}
            start, end = ends[flow.start], ends[flow.end]
            yield _curve(flow, start, end, self._style(flow))

    def _style(self, flow: Flow) -> str:
        far = self.diagram.place_of(flow.start) != self.diagram.place_of(flow.end)
        kind = "in" if flow.kind is Kind.IN else "far" if far else "use"
        return f"{kind} open" if flow.open else kind

    @property
    def links(self) -> Iterator[Line]:
        """From site to site, around at the right."""
        taken = dict.fromkeys(self.places, 0)
        for lane, flows in enumerate(self._lanes):
            for flow in flows:
                ends = [self._port(id, taken) for id in (flow.start, flow.end)]
                yield self._around(flow, lane, *ends)

    def _port(self, id: str, taken: dict[str, int]) -> tuple[int, int]:
        card = self.places[id]
        taken[id] += 1
        return card.x + card.width, card.y + _TITLE - 14 + _PORT * taken[id] - 6

    def _around(self, flow: Flow, lane: int, start: tuple[int, int], end: tuple[int, int]) -> Line:
        (x, y), (_, last) = start, end
        turn = x + _LABEL + _LANE * (lane + 1)
        path = f"M{x} {y}H{turn - 6}Q{turn} {y} {turn} {_towards(y, last)}"
        path += f"V{_towards(last, y)}Q{turn} {last} {turn - 6} {last}H{x + 7}"
        label = _cut(flow.label, _SMALL - 2)
        return Line(path, "link", label, (x + _LABEL // 2, y), flow.label)

    @cached_property
    def _lanes(self) -> Sequence[Sequence[Flow]]:
        """Links that do not pass each other share a lane; the shortest are the innermost."""
        lanes: list[list[Flow]] = []
        for flow in sorted(self.diagram.between(Kind.LINK), key=self._length):
            free = (lane for lane in lanes if not any(self._pass(flow, other) for other in lane))
            lane = next(free, None)
            if lane is None:
                lanes.append(lane := [])
            lane.append(flow)
        return lanes

    def _length(self, flow: Flow) -> int:
        low, high = self._span(flow)
        return high - low

    def _span(self, flow: Flow) -> tuple[int, int]:
        order = list(self.places)
        low, high = sorted((order.index(flow.start), order.index(flow.end)))
        return low, high

    def _pass(self, one: Flow, other: Flow) -> bool:
        (low, high), (lower, higher) = self._span(one), self._span(other)
        return low <= higher and lower <= high


def _curve(flow: Flow, start: Rect, end: Rect, style: str) -> Line:
    """To the right where the end is further on; else around at the left of both."""
    (x, y), (to, last) = start.right, end.left
    if to > x:
        half = (to - x) // 2
        path = f"M{x} {y}C{x + half} {y} {to - half} {last} {to - 6} {last}"
    else:
        (x, y), out = start.left, 26
        path = f"M{x} {y}C{x - out} {y} {to - out} {last} {to - 6} {last}"
    words = ", ".join(filter(None, (flow.label, "nobody is asked" if flow.open else "")))
    shown = _cut(words, _SMALL - 12) if flow.kind is Kind.IN else ""
    middle = (start.right[0] + (_REACH + _PAD) // 2, (y + last) // 2)
    return Line(path, style, shown, middle, words)


def _towards(y: int, other: int) -> int:
    """A corner's end, on the way to the other one."""
    return y + 6 if other > y else y - 6


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _halves(text: str) -> tuple[str, str]:
    """Two lines, parted between words."""
    if len(text) <= _FIRST:
        return text, ""
    parting = text.rfind(" ", 0, _FIRST + 1)
    first = text[:parting] if parting > 0 else text[:_FIRST]
    return first, _cut(text[len(first) :].strip(), _SMALL - 2)
