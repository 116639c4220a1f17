"""Which properties of a resource only a new one can have, and which types keep data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from modelyard.catalog.sheet import content

_SHEET = Path(__file__).with_name("immutable.yaml")
_EVERYTHING = "*"
_DEPENDS = "depends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who says so."""

    text: str
    as_of: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Immutable:
    """What is known of one type: its properties, dotted and with wire names, with their source."""

    by_source: Mapping[str, str]
    """The id of the source by property: what changes with a new resource alone."""
    depends: tuple[str, ...] = ()
    """What may ask for a new resource: the value decides."""

    def replaces(self, path: str) -> str | None:
        """The property by which a change at this path takes a new resource, if it does."""
        named = (each for each in self.by_source if _under(path, (each,)))
        return path if _EVERYTHING in self.by_source else next(named, None)

    def source(self, property: str) -> Source:
        """Who says that of a property that `replaces` named."""
        return sources()[self.by_source.get(property) or self.by_source[_EVERYTHING]]

    def may_replace(self, path: str) -> bool:
        """Is it the value that decides whether a change here takes a new resource?"""
        return _under(path, self.depends)

    def below(self, path: str) -> bool:
        """Is something inside of it immutable?"""
        return any(each.startswith(f"{path}.") for each in self.by_source)


@cache
def immutable() -> Mapping[str, Immutable]:
    """What is known, by type token."""
    sheet = content(_SHEET)
    return {token: _row(row) for token, row in sheet["types"].items()}


def known(token: str) -> Immutable | None:
    """What is known of a type, and of every type of its package; None if nothing is."""
    own, shared = immutable().get(token), _packages().get(token.partition(":")[0])
    if own is None or shared is None:
        return own or shared
    return Immutable({**shared.by_source, **own.by_source}, own.depends)


@cache
def sources() -> Mapping[str, Source]:
    """Who says so, by id."""
    rows = content(_SHEET)["sources"]
    return {id: Source(**{**row, "as_of": str(row["as_of"])}) for id, row in rows.items()}


@cache
def stateful_types() -> frozenset[str]:
    """The types that keep data of their own."""
    return frozenset(content(_SHEET)["stateful"])


@cache
def _packages() -> Mapping[str, Immutable]:
    return {package: _row(row) for package, row in content(_SHEET)["packages"].items()}


def _row(row: Mapping[str, Any]) -> Immutable:
    named = {path: source for source in row if source != _DEPENDS for path in row[source]}
    return Immutable(named, tuple(row.get(_DEPENDS, ())))


def _under(path: str, known: Iterable[str]) -> bool:
    return any(path == each or path.startswith(f"{each}.") for each in known)
