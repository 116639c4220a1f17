"""Where in Google Cloud which accelerator is offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from modelyard.catalog.sheet import rows, texts

_SHEET = Path(__file__).with_name("gcp_accelerator_zones.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The zones of one accelerator."""

    zones: tuple[str, ...]
    complete: bool
    """Whether it is in no other zone."""
    source: str
    as_of: str
    confirmed: bool

    def within(self, region: str) -> tuple[str, ...]:
        """Its zones of a region."""
        return tuple(zone for zone in self.zones if zone.rpartition("-")[0] == region)


@cache
def accelerator_zones() -> Mapping[str, Offer]:
    """By the value of `cloud.google.com/gke-accelerator`; what is missing was not looked at."""
    found = rows(_SHEET, "accelerators")
    more = {"as_of": str, "zones": texts}
    return {
        name: Offer(**{key: more.get(key, lambda value: value)(row[key]) for key in row})
        for name, row in found.items()
    }
