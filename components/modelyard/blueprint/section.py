"""What every section of a blueprint has in common."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A noun of the blueprint: frozen, and closed to keys it does not know.

    Its validator is built when it is first needed, which is that of the whole blueprint alone: one
    for each section would take as long again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    @classmethod
    def left_out(cls) -> Self:
        """The section where a blueprint leaves it out. Unlike `cls()`, it needs no validator."""
        return cls.model_construct()


Name = Annotated[
    str,
    Field(
        pattern=r"^[a-z]([a-z0-9-]*[a-z0-9])?$",
        max_length=40,
        description="Lower-case letters, digits and hyphens, starting with a letter; at most 40.",
    ),
]
"""A name that is legal wherever it ends up: a DNS label, a Kubernetes object, a Pulumi resource."""

PlatformName = Annotated[
    Name,
    Field(
        max_length=24,
        description="Lower-case letters, digits and hyphens, starting with a letter; at most 24.",
    ),
]
"""Shorter than `Name`: it prefixes every other name, and a namespace holds 63 characters."""

FEW, SOME, MANY = 50, 200, 500
"""The most items of lists that are written by hand: each becomes resources, or is held against all
the others, and a blueprint may come from a stranger.
"""

Text = Annotated[str, Field(min_length=1, max_length=500)]
Positive = Annotated[int, Field(strict=True, ge=1)]
"""A whole number from 1. Strict, so that `true` and `"3"` are not taken for numbers."""

NonNegative = Annotated[int, Field(strict=True, ge=0)]

Flag = Annotated[bool, Field(strict=True)]
"""`true` or `false`, and nothing that merely looks like it."""

Number = Annotated[float, Field(strict=True)]
