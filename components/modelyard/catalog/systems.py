"""Systems by id: what each does and needs, whether it is still alive, and what to use instead.

`since` is when its status changed or will, as precisely as is known: a year, a month or a day.
`confirmed` speaks of status and verdict.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from modelyard.catalog.sheet import rows, texts

_SHEET = Path(__file__).with_name("systems.yaml")


class Status(StrEnum):
    ACTIVE = "active"
    MAINTENANCE = "maintenance"
    ACQUIRED = "acquired"
    DISCONTINUED = "discontinued"


class Verdict(StrEnum):
    """What `check` does with a blueprint that names the system."""

    ACCEPT = "accept"
    WARN = "warn"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One product, project or managed service. `alternative` lists ids, best first."""

    id: str
    name: str
    aliases: tuple[str, ...]
    status: Status
    verdict: Verdict
    since: str | None
    does: tuple[str, ...]
    needs: tuple[str, ...]
    alternative: tuple[str, ...]
    bad_versions: tuple[str, ...]
    note: str
    source: str
    as_of: str
    confirmed: bool


@cache
def systems() -> Mapping[str, System]:
    """Every known system by id."""
    return MappingProxyType(
        {key: _system(key, row) for key, row in rows(_SHEET, "systems").items()},
    )


def find(name: str) -> System | None:
    """The system of an id, name or alias, whatever its case, spacing and punctuation."""
    return _names().get(spelling(name))


def spelling(name: str) -> str:
    """A name reduced to its letters and digits: `Llama.cpp`, `llama_cpp` and `llama-cpp` agree."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def _names() -> Mapping[str, System]:
    names: dict[str, System] = {}
    for system in systems().values():
        for name in (system.id, system.name, *system.aliases):
            names.setdefault(spelling(name), system)
    names.pop("", None)
    return names


def _system(id: str, row: Mapping[str, Any]) -> System:
    return System(
        id=id,
        name=row["name"],
        aliases=texts(row["aliases"]),
        status=Status(row["status"]),
        verdict=Verdict(row["verdict"]),
        since=None if row["since"] is None else str(row["since"]),
        does=texts(row["does"]),
        needs=texts(row["needs"]),
        alternative=texts(row["alternative"]),
        bad_versions=texts(row["bad_versions"]),
        note=row["note"],
        source=row["source"],
        as_of=str(row["as_of"]),
        confirmed=row["confirmed"],
    )
