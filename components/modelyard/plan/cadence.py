"""How often a model is trained anew, and how long its verdicts wait for each other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.watching import outside
from modelyard.catalog.thresholds import threshold

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model


def cadence(blueprint: Blueprint, model: Model) -> timedelta | None:
    """Time between two runs; None where only people start them.

    Behind verdicts there is always a clock: they see no more than what is measured.
    """
    retrain = model.retrain
    if retrain is None or retrain.every:
        return retrain and retrain.every
    return threshold("cadence").duration if retrain.on and not outside(blueprint) else None


def cooldown(model: Model) -> timedelta:
    """How long after one run verdicts start no other."""
    given = model.retrain.cooldown if model.retrain else None
    return given or threshold("cooldown").duration
