"""Versions of the servers that a cloud runs for the platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from modelyard.catalog.sheet import entry, rows

_SHEET = Path(__file__).with_name("engines.yaml")


@dataclass(frozen=True, slots=True)
class Engine:
    """A server's software, as a cloud spells it. `family` is the cloud's name for the parameters
    that it takes; empty where they are the server's own.
    """

    version: str
    family: str


def engine(provider: str, id: str) -> Engine:
    """The engine of an id, such as `valkey`. Raises KeyError if the provider has none."""
    return entry(_engines(provider), id, "engine")


@cache
def _engines(provider: str) -> Mapping[str, Engine]:
    sheet = rows(_SHEET, provider)
    return {id: Engine(row["version"], row["family"]) for id, row in sheet.items()}
