"""Upstream Helm charts by id, each pinned once: where it is, which version, what it brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from modelyard.catalog.sheet import entry, rows, texts

_SHEET = Path(__file__).with_name("charts.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart at one version.

    `version` is written as its repository publishes it. An `oci://` repository already ends in the
    chart's name. A `manifest` has no chart upstream: `repository` is then the manifest's address.
    `crds` are the kinds it installs; `images` what it pulls as far as is known.
    """

    id: str
    form: Literal["chart", "manifest"]
    chart: str
    repository: str
    version: str
    app_version: str
    crds: tuple[str, ...]
    images: tuple[str, ...]
    licence: str
    note: str
    source: str
    as_of: str
    confirmed: bool

    @property
    def oci(self) -> bool:
        """Whether the chart is pulled from an image registry instead of an index."""
        return self.repository.startswith("oci://")


@cache
def charts() -> Mapping[str, Chart]:
    """Every chart by id."""
    return MappingProxyType(
        {key: _chart(key, row) for key, row in rows(_SHEET, "charts").items()},
    )


def chart(id: str) -> Chart:
    """The chart of an id. Raises KeyError, naming the ids there are, if there is none."""
    return entry(charts(), id, "chart")


def _chart(id: str, row: Mapping[str, Any]) -> Chart:
    return Chart(
        id=id,
        form=row["form"],
        chart=row["chart"],
        repository=row["repository"],
        version=str(row["version"]),
        app_version=str(row["app_version"]),
        crds=texts(row["crds"]),
        images=texts(row["images"]),
        licence=row["licence"],
        note=row["note"],
        source=row["source"],
        as_of=str(row["as_of"]),
        confirmed=row["confirmed"],
    )
