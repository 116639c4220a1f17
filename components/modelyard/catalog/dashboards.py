"""Dashboards: titles, and panels with their queries, by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import yaml

_FOLDER = Path(__file__).with_name("dashboards")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel. `width` is in columns of 24, `unit` one of Grafana's."""

    title: str
    queries: Mapping[str, str]
    """PromQL by legend."""
    kind: Literal["timeseries", "stat", "gauge"] = "timeseries"
    unit: str = "short"
    width: int = 12
    at_least: int | None = 0
    """Where the axis begins; None where numbers may be negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    id: str
    title: str
    panels: tuple[Panel, ...]


@cache
def dashboards() -> Mapping[str, Dashboard]:
    """Every dashboard by id."""
    return MappingProxyType(
        {path.stem: _dashboard(path) for path in sorted(_FOLDER.glob("*.yaml"))}
    )


def _dashboard(path: Path) -> Dashboard:
    sheet: Mapping[str, Any] = yaml.load(path.read_bytes(), Loader=_LOADER)
    panels = tuple(Panel(**panel) for panel in sheet["panels"])
    return Dashboard(id=path.stem, title=sheet["title"], panels=panels)
