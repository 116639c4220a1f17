"""Packages by name and version, and cadences as cron: what a service can be told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from modelyard.blueprint.cron import cron
from modelyard.blueprint.requirements import requirement


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("pandas", ("pandas", "")),
        ("Pandas==2.2.3", ("pandas", "==2.2.3")),
        ("dvc-gs[all] >= 3, < 4", ("dvc-gs", "[all]>=3,<4")),
        ("scikit_learn~=1.5", ("scikit_learn", "~=1.5")),
        ("pandas; python_version < '4'", None),
        ("git+https://example.com/a.git", None),
        ("a @ https://example.com/a.whl", None),
        ("-r other.txt", None),
        ("", None),
    ],
)
def test_a_line_is_a_name_extras_and_versions(line: str, told: tuple[str, str] | None) -> None:
    assert requirement(line) == told


@pytest.mark.parametrize(
    ("hours", "written"),
    [
        (1, "0 * * * *"),
        (6, "0 */6 * * *"),
        (24, "0 3 * * *"),
        (7 * 24, "0 3 * * 0"),
        (5, None),
        (48, None),
        (0.5, None),
        (0, None),
    ],
)
def test_a_cadence_that_divides_a_day_or_is_a_week(hours: float, written: str | None) -> None:
    assert cron(timedelta(hours=hours)) == written
