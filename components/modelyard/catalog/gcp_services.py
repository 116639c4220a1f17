"""Versions of Google Cloud's managed services."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from modelyard.catalog.sheet import entry, rows

_SHEET = Path(__file__).with_name("gcp_services.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    version: str
    source: str
    as_of: str
    confirmed: bool


def service(id: str) -> Service:
    """The service of that id. Raises KeyError if the catalog has none."""
    return entry(_services(), id, "service")


@cache
def _services() -> dict[str, Service]:
    found = rows(_SHEET, "services")
    return {id: Service(**{**row, "as_of": str(row["as_of"])}) for id, row in found.items()}
