"""Service Quotas of AWS: codes, names and defaults, and what counts against each.

What an account really has is asked of the account; these say what to ask for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from modelyard.catalog.sheet import entry, rows, texts

_SHEET = Path(__file__).with_name("quotas.yaml")
_FAMILY = re.compile(r"(?P<letters>[a-z]+)(?P<generation>[0-9]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """One quota. `unit` is `vCPUs`, or nothing for what is counted by the piece.

    `home` is true for what an account has once, for all regions.
    `families` and `capacity` say which machines count against it, `types` which planned resources.
    `confirmed` is false where the code was not seen in the source for what it is used for.
    """

    id: str
    service: str
    code: str
    name: str
    unit: str
    default: int
    families: tuple[str, ...]
    capacity: str
    types: tuple[str, ...]
    home: bool
    source: str
    as_of: str
    confirmed: bool
    note: str


@cache
def quotas() -> Mapping[str, Quota]:
    """Every quota by id."""
    return MappingProxyType({key: _quota(key, row) for key, row in rows(_SHEET, "quotas").items()})


def quota(id: str) -> Quota:
    """The quota of an id; KeyError names those there are."""
    return entry(quotas(), id, "quota")


def quota_of_machine(machine: str, capacity: str) -> Quota | None:
    """What a machine such as `g5.xlarge` counts against, `on-demand` or `spot`.

    None where the catalog has no quota for its family. A family with its generation counts first:
    P5 on spot has a quota of its own.
    """
    found = _FAMILY.match(machine)
    if found is None:
        return None
    by_family = _by_family(capacity)
    return by_family.get(found.group()) or by_family.get(found["letters"])


@cache
def _by_family(capacity: str) -> Mapping[str, Quota]:
    counted = [item for item in quotas().values() if item.capacity == capacity]
    return {family: item for item in counted for family in item.families}


def _quota(id: str, row: Mapping[str, Any]) -> Quota:
    texts_of = {key: texts(row[key]) for key in ("families", "types")}
    return Quota(**{**row, **texts_of, "id": id, "as_of": str(row["as_of"])})
