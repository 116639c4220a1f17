"""Bounds of a blueprint as jobs and gates read them."""

from __future__ import annotations

from collections.abc import Mapping

from modelyard.blueprint.units import Threshold

_ENDS = {">=": ("min",), ">": ("min",), "<=": ("max",), "<": ("max",), "==": ("min", "max")}
"""Measures are floating-point numbers: whether an end itself is within makes no difference."""


def bound(threshold: Threshold) -> Mapping[str, float]:
    """`{"min": 0.92}` of `>= 0.92`."""
    return dict.fromkeys(_ENDS[threshold.operator], threshold.value)


def bounds(thresholds: Mapping[str, Threshold]) -> Mapping[str, Mapping[str, float]]:
    """By the metric that each is about."""
    return {metric: bound(threshold) for metric, threshold in thresholds.items()}
