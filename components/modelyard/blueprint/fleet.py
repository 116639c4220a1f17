"""Fleets: sites that are alike, each with a cluster of its own, written down once."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from modelyard.blueprint.section import Section

Member = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=20)]
MOST = 999
"""Members of all fleets of a blueprint: each is a site with resources of its own."""
MEMBER = "{member}"
"""Stands for a member's name in what differs from one to the next: where its cluster is."""


class Fleet(Section):
    """How many sites there are of a kind, and in which order they get what is new.

    Each member is a site of its own, called `<entry>-<member>`; its domain is
    `<member>.<the entry's domain>`.
    """

    count: Annotated[int, Field(strict=True, ge=1, le=MOST)] | None = None
    """How many there are, called `1`, `2` and so on."""
    members: tuple[Member, ...] = ()
    """What they are called, where numbers would not do."""
    rings: tuple[tuple[Member, ...], ...] = ()
    """Who gets a new version first, ring after ring; those not named here are the last ring."""

    @model_validator(mode="after")
    def _counted_or_named(self) -> Self:
        if (self.count is None) == (not self.members):
            raise ValueError("needs either `count` or `members`")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        return self.members or tuple(str(each) for each in range(1, (self.count or 0) + 1))

    @property
    def in_rings(self) -> tuple[tuple[str, ...], ...]:
        """Every member, by ring."""
        named = {member for ring in self.rings for member in ring}
        rest = tuple(name for name in self.names if name not in named)
        return (*self.rings, rest) if rest else self.rings
