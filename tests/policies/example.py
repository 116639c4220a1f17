"""An example of a rule: a resource that keeps it, one that breaks it, and what stands around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modelyard.policies import Stack, rules


@dataclass(frozen=True)
class Thing:
    """A resource that was never recorded."""

    type: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    name: str = "it"
    protect: bool = False
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parent: str | None = None
    provider: str | None = None

    @property
    def urn(self) -> str:
        return f"urn:pulumi:dev::yard::{self.type}::{self.name}"


@dataclass(frozen=True)
class Example:
    """The first of each is the resource in question, the others stand around it."""

    rule: str
    good: tuple[Thing, ...]
    bad: tuple[Thing, ...]

    @property
    def type(self) -> str:
        return self.good[0].type

    def __str__(self) -> str:
        return f"{self.rule}-{self.type.rpartition(':')[2]}"


def said(rule: str, things: tuple[Thing, ...]) -> tuple[str, ...]:
    """What a rule says of the first, among the others."""
    return rules()[rule](things[0], Stack(things))


def case(rule: str, type: str, good: Mapping[str, Any], bad: Mapping[str, Any]) -> Example:
    """A rule that looks at the inputs alone."""
    return Example(rule, (Thing(type, good),), (Thing(type, bad),))


def beside(
    rule: str,
    type: str,
    other: str,
    property: str,
    good: Mapping[str, Any],
    bad: Mapping[str, Any] | None = None,
) -> Example:
    """A rule that looks at what refers to the resource by a property; none of it breaks it."""
    it = Thing(type)
    return Example(
        rule,
        (it, referring(it, other, property, good)),
        (it,) if bad is None else (it, referring(it, other, property, bad)),
    )


def referring(it: Thing, type: str, property: str, inputs: Mapping[str, Any]) -> Thing:
    """A resource whose property is made of something of another."""
    return Thing(type, inputs, "other", property_dependencies={property: (it.urn,)})
