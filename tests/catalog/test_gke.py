"""What is known of GKE: a default that is offered and supported."""

from __future__ import annotations

import re
from datetime import date

from modelyard.catalog.gke import gke

TODAY = date(2026, 11, 26)
"""When the sheet was read."""


def test_every_version_is_supported() -> None:
    assert all(end > TODAY for end in gke().ends.values())


def test_the_default_is_one_of_them() -> None:
    assert gke().default in gke().ends
    assert gke().channel == "REGULAR"


def test_a_newer_version_ends_later() -> None:
    versions = list(gke().ends)
    assert versions == sorted(versions)
    assert all(re.fullmatch(r"1\.\d\d", version) for version in versions)
    assert list(gke().ends.values()) == sorted(gke().ends.values())
