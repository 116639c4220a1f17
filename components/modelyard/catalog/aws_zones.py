"""The zones of AWS's regions, by the ids that mean the same place in every account."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from modelyard.catalog.sheet import content

_SHEET = Path(__file__).with_name("aws_zones.yaml")


@cache
def aws_zones() -> Mapping[str, tuple[str, ...]]:
    """Zone ids by region, in order; a region that nobody has looked at is missing."""
    rows = content(_SHEET)["regions"]
    return {region: tuple(ids) for region, ids in rows.items()}
