"""Checks of Checkov that the platform does not pass on purpose, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from modelyard.catalog.sheet import texts

_SHEET = Path(__file__).with_name("checkov.yaml")


@dataclass(frozen=True, slots=True)
class Waiver:
    """A check that does not count for some resources.

    `resources` are patterns of Terraform addresses: `aws_s3_bucket.*-logs`.
    """

    check: str
    resources: tuple[str, ...]
    reason: str

    def covers(self, check: str, address: str) -> bool:
        """Does this failed check not count?"""
        return check == self.check and any(fnmatchcase(address, it) for it in self.resources)


@cache
def waivers() -> tuple[Waiver, ...]:
    """Every waiver; a check may have several, for different resources and reasons."""
    sheet = yaml.safe_load(_SHEET.read_text(encoding="utf-8"))
    rows: Mapping[str, list[Mapping[str, Any]]] = sheet["waivers"]
    return tuple(
        Waiver(check, texts(row["resources"]), row["reason"])
        for check, found in rows.items()
        for row in found
    )
