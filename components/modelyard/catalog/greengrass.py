"""Components that AWS provides for core devices of IoT Greengrass; source: `greengrass.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from modelyard.catalog.sheet import content

_SHEET = Path(__file__).with_name("greengrass.yaml")


@cache
def _sheet() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    return content(_SHEET)


def deployed() -> Mapping[str, str]:
    """By component, the version that deployments name."""
    return {name: row["version"] for name, row in _sheet()["deployed"].items()}


def required() -> Mapping[str, str]:
    """By component, the versions that do for a container out of ECR."""
    return {name: row["versions"] for name, row in _sheet()["required"].items()}
