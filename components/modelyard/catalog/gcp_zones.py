"""The zones of Google Cloud's regions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from modelyard.catalog.sheet import content

_SHEET = Path(__file__).with_name("gcp_zones.yaml")


@cache
def gcp_zones() -> Mapping[str, tuple[str, ...]]:
    """Names of zones by region, in order; a region that nobody has looked at is missing."""
    rows = content(_SHEET)["regions"]
    return {region: tuple(names) for region, names in rows.items()}
