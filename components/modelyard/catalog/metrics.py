"""Metrics: who exports which, and how Prometheus gets at them.

Names are without the suffixes that their type adds, such as `_total` and `_bucket`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from modelyard.catalog.sheet import rows, texts

_SHEET = Path(__file__).with_name("metrics.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """Pods with metrics, by their labels. `number` is the port's, where a policy has to name it."""

    pods: Mapping[str, str]
    port: str
    path: str = "/metrics"
    number: int | None = None
    honor_labels: bool = False
    """Whether namespace and pod are those that the metric speaks of, not the exporter's own."""
    ours: bool = False
    """Whether the pods are in the platform's namespace, behind its default-deny."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    id: str
    version: str
    names: tuple[str, ...]
    when: tuple[str, ...]
    """Operators that bring it."""
    scrape: tuple[Scrape, ...]
    source: str
    as_of: str
    confirmed: bool


@cache
def exporters() -> Mapping[str, Exporter]:
    """Every exporter by id."""
    found = {id: _exporter(id, row) for id, row in rows(_SHEET, "exporters").items()}
    return MappingProxyType(found)


def _exporter(id: str, row: Mapping[str, Any]) -> Exporter:
    return Exporter(
        id=id,
        version=str(row["version"]),
        names=texts(row["names"]),
        when=texts(row["when"]),
        scrape=tuple(Scrape(**pods) for pods in row["scrape"]),
        source=row["source"],
        as_of=str(row["as_of"]),
        confirmed=row["confirmed"],
    )
