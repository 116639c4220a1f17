"""Machines that a cloud rents out with a server on them, by engine; source: `hosted.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from modelyard.catalog.prices import prices

_SHEET = Path(__file__).with_name("hosted.yaml")


@dataclass(frozen=True, kw_only=True)
class Renting:
    """What is particular about one engine's machines."""

    provider: str
    prefix: str = ""
    """Before the cloud's own name of a machine: `ml.` of `ml.g5.xlarge`."""
    elastic: bool = False
    """Whether there are containers that come and go with requests, instead of machines."""
    containers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Accelerators that such a container may have one of, and what they are called there."""
    accelerators: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the engine calls the accelerators of its machines, where it has to be told."""
    image: str | None = None
    """The server's image, where the cloud keeps one everywhere."""

    def called(self, machine: str) -> str:
        return f"{self.prefix}{machine}"

    def price(self, machine: str) -> float | None:
        """US dollars an hour; None if it is not rented out."""
        found = None if self.elastic else prices(self.provider).get(self._item(machine))
        return found.usd if found else None

    def _item(self, machine: str) -> str:
        return f"inference/{self.called(machine)}"


_KEYS = tuple(Renting.__dataclass_fields__)


@cache
def renting(engine: str) -> Renting:
    """How an engine's cloud rents out machines. Raises KeyError for engines of the cluster."""
    row = _sheet()[engine]
    return Renting(**{key: row[key] for key in _KEYS if key in row})


@cache
def _sheet() -> Mapping[str, Mapping[str, Any]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(_SHEET.read_bytes(), Loader=loader)
