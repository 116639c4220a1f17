"""What stands on a cloud where a blueprint leaves it open: machines, and how many of what."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from modelyard.catalog.sheet import rows

_SHEET = Path(__file__).with_name("defaults.yaml")


def machine(provider: str, service: str, size: str) -> str:
    """The provider's name of the machine; KeyError where the catalog has none."""
    return str(_rows("machines")[provider][service][size])


def services(provider: str) -> frozenset[str]:
    """The services, and the engines of a service, that the catalog has machines for."""
    return frozenset(_rows("machines")[provider])


def count(provider: str, what: str) -> int:
    """How many a site has of something that is billed by the piece."""
    return int(_rows("counts")[provider][what])


def endpoints(provider: str) -> frozenset[str]:
    """The provider's services that a network without a way out reaches by endpoints."""
    return frozenset(_rows("endpoints")[provider]["basic"])


@cache
def _rows(key: str) -> Mapping[str, Mapping[str, Any]]:
    return rows(_SHEET, key)
