"""How long compliance profiles ask that evidence be kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from modelyard.catalog.sheet import rows

_SHEET = Path(__file__).with_name("retention.yaml")


def evidence_days(profiles: Iterable[str]) -> int | None:
    """The longest that any of these profiles asks for; None where none of them says."""
    known = _days()
    return max((known[profile] for profile in profiles if profile in known), default=None)


@cache
def _days() -> Mapping[str, int]:
    return {profile: int(row["days"]) for profile, row in rows(_SHEET, "profiles").items()}
