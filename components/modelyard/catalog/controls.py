"""Compliance profiles: the controls of each, and what a control asks of a platform.

`asks` are requirement nouns (`audit-log`, `encryption-at-rest`, …); a profile is a selection of
clauses a platform can answer, not the whole of its standard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from modelyard.catalog.sheet import rows, texts

_SHEET = Path(__file__).with_name("controls.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control of one profile; `source` is the clause of the standard it stands for."""

    id: str
    profile: str
    title: str
    asks: tuple[str, ...]
    source: str
    as_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A standard or a law, with the controls taken from it."""

    id: str
    name: str
    controls: tuple[Control, ...]

    @property
    def asks(self) -> tuple[str, ...]:
        """Everything the profile's controls ask for, each once, sorted."""
        return tuple(sorted({ask for control in self.controls for ask in control.asks}))


@cache
def profiles() -> Mapping[str, Profile]:
    """Every compliance profile by id."""
    return MappingProxyType(
        {key: _profile(key, row) for key, row in rows(_SHEET, "profiles").items()},
    )


@cache
def controls() -> Mapping[str, Control]:
    """Every control of every profile by id."""
    found = (control for profile in profiles().values() for control in profile.controls)
    return MappingProxyType({control.id: control for control in found})


def _profile(id: str, row: Mapping[str, Any]) -> Profile:
    found = tuple(_control(id, key, row, cell) for key, cell in row["controls"].items())
    return Profile(id=id, name=row["name"], controls=found)


def _control(profile: str, key: str, row: Mapping[str, Any], cell: Mapping[str, Any]) -> Control:
    return Control(
        id=key,
        profile=profile,
        title=cell["title"],
        asks=texts(cell["asks"]),
        source=f"{row['name']}, {cell['clause']}",
        as_of=str(row["as_of"]),
    )
