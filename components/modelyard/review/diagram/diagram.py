"""A platform as boxes on sites, and the flows between them, before it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Role(StrEnum):
    """What a box is there for: the order is that of a request on its way."""

    ENTRY = "ways in"
    MODEL = "models"
    PART = "around them"
    STORE = "where data rest"


class Kind(StrEnum):
    """What a flow is."""

    IN = "from outside"
    USE = "uses"
    LINK = "link"


@dataclass(frozen=True)
class Box:
    """Something that stands on a site."""

    id: str
    role: Role
    title: str
    detail: str = ""


@dataclass(frozen=True)
class Place:
    """A site, or all that are alike."""

    id: str
    title: str
    detail: str
    boxes: tuple[Box, ...]

    def of(self, role: Role) -> tuple[Box, ...]:
        return tuple(box for box in self.boxes if box.role is role)


@dataclass(frozen=True)
class Outside:
    """Where requests from outside of all sites come from."""

    id: str
    title: str


@dataclass(frozen=True)
class Flow:
    """From one id to another: boxes, places, or what is outside."""

    start: str
    end: str
    kind: Kind
    label: str = ""
    open: bool = False
    """Whether nobody is asked who they are."""


@dataclass(frozen=True)
class Diagram:
    """All of it; ids are of this package's making, the rest is text of anybody's."""

    title: str
    places: tuple[Place, ...]
    outside: tuple[Outside, ...]
    flows: tuple[Flow, ...]
    left_out: str = ""
    """What was too much to be drawn, in words."""

    def between(self, *kinds: Kind) -> Iterator[Flow]:
        return (flow for flow in self.flows if flow.kind in kinds)

    def place_of(self, id: str) -> str | None:
        """The id of the place that a box stands on, or of the place itself."""
        return self._places.get(id)

    @cached_property
    def _places(self) -> Mapping[str, str]:
        boxes = {box.id: place.id for place in self.places for box in place.boxes}
        return {**{place.id: place.id for place in self.places}, **boxes}

    @property
    def sentence(self) -> str:
        """The same in words, for those who do not see it."""
        told = [_told(place) for place in self.places]
        return f"{len(self.places)} sites. {' '.join(told)}" if len(told) > 1 else " ".join(told)


def _told(place: Place) -> str:
    titles = ", ".join(box.title for box in place.boxes) or "nothing that is drawn"
    return f"{place.title} ({place.detail}): {titles}."
