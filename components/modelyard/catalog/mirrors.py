"""How charts are told where their images come from, for sites that reach no public registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from modelyard.catalog.sheet import entry, rows, texts

_SHEET = Path(__file__).with_name("mirrors.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredChart:
    """Where a chart's values name its images.

    `keys` are dotted, each with what the chart takes there by itself: a registry, a folder of one,
    an image's name or a whole reference. `values` are what else has to differ where nothing can be
    fetched from outside.
    """

    id: str
    """Of the chart."""
    keys: Mapping[str, str]
    values: Mapping[str, Any]
    by_system: tuple[str, ...]
    """Images, without tag, whose tag is completed by the operating system of the node."""
    licences: Mapping[str, str]
    """Of images, without tag, that are under another licence than the chart."""
    note: str
    source: str
    as_of: str
    confirmed: bool


@cache
def mirrored_charts() -> Mapping[str, MirroredChart]:
    """Every chart that can do without public registries, by its id."""
    return MappingProxyType(
        {id: _mirrored(id, row) for id, row in rows(_SHEET, "charts").items()},
    )


def mirrored_chart(id: str) -> MirroredChart:
    """What is known of a chart. Raises KeyError, naming the charts there are, if there is none."""
    return entry(mirrored_charts(), id, "chart that is told its images")


def _mirrored(id: str, row: Mapping[str, Any]) -> MirroredChart:
    return MirroredChart(
        id=id,
        keys=row["keys"],
        values=row["values"],
        by_system=texts(row["by_system"]),
        licences=row["licences"],
        note=row["note"],
        source=row["source"],
        as_of=str(row["as_of"]),
        confirmed=row["confirmed"],
    )
