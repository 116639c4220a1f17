"""The texts of the rules over resources: what each is called, why it is there, how to mend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from modelyard.catalog.controls import Control, controls
from modelyard.catalog.sheet import rows, texts

_SHEET = Path(__file__).with_name("policies.yaml")


class Level(StrEnum):
    """How strictly a rule is held: what breaks it stops, is said, or is not looked for."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    OFF = "off"


STRICTNESS = (Level.OFF, Level.ADVISORY, Level.MANDATORY)
"""From the loosest to the strictest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """What is said of one rule; the function that judges is in `policies/`."""

    id: str
    title: str
    why: str
    fix: str
    level: Level
    """Where neither a blueprint nor an organisation says otherwise."""
    asks: tuple[str, ...]
    """Requirement nouns of the compliance profiles."""
    checkov: tuple[str, ...]
    """Checks of Checkov that are about the same."""

    @property
    def group(self) -> str:
        """The first word of its id: `storage`."""
        return self.id.partition("-")[0]

    @property
    def controls(self) -> tuple[Control, ...]:
        """Every control that asks for what this rule holds."""
        return tuple(c for c in controls().values() if set(c.asks) & set(self.asks))


@cache
def rule_texts() -> Mapping[str, RuleText]:
    """Every rule's texts by its id, in the order of the sheet."""
    return MappingProxyType({id: _text(id, row) for id, row in rows(_SHEET, "rules").items()})


def _text(id: str, row: Mapping[str, Any]) -> RuleText:
    return RuleText(
        id=id,
        title=row["title"],
        why=row["why"],
        fix=row["fix"],
        level=Level(row["level"]),
        asks=texts(row.get("asks")),
        checkov=texts(row.get("checkov")),
    )
