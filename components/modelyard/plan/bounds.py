"""Bounds of the blueprint as jobs are told them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelyard.blueprint.units import Threshold


def bound(threshold: Threshold) -> Mapping[str, float]:
    """`min` and `max`, both inclusive: what has to be more is at least the next number."""
    value = threshold.value
    return {
        ">=": {"min": value},
        ">": {"min": math.nextafter(value, math.inf)},
        "<=": {"max": value},
        "<": {"max": math.nextafter(value, -math.inf)},
        "==": {"min": value, "max": value},
    }[threshold.operator]


def bounds(thresholds: Mapping[str, Threshold]) -> Mapping[str, Mapping[str, float]]:
    """The bounds of each metric."""
    return {metric: bound(threshold) for metric, threshold in thresholds.items()}
