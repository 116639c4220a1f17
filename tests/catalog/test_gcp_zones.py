"""Zones of Google Cloud's regions: named after their region, and enough of them."""

from __future__ import annotations

import re

import pytest

from modelyard.catalog.gcp_zones import gcp_zones


@pytest.mark.parametrize(("region", "zones"), gcp_zones().items(), ids=list(gcp_zones()))
def test_a_region_has_three_zones_or_more_of_its_own(region: str, zones: tuple[str, ...]) -> None:
    assert re.fullmatch(r"[a-z]+-[a-z]+\d+", region)
    assert all(re.fullmatch(f"{region}-[a-f]", zone) for zone in zones)
    assert len(set(zones)) == len(zones) >= 3
    assert list(zones) == sorted(zones)


def test_some_regions_do_not_begin_at_a() -> None:
    assert gcp_zones()["europe-west1"][0] == "europe-west1-b"
    assert gcp_zones()["us-central1"][-1] == "us-central1-f"
