"""Which models are held to their limits anew when what they read has changed, and after which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.watching import measured, outside
from modelyard.plan.promotion import promoted
from modelyard.plan.watched import asks_registry

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model
    from modelyard.plan.check import Check
    from modelyard.plan.watch import Watch

APART = ("explain", "robustness")
"""Checks that load the version itself, which is as it was: what promotion logs in with is kept from
them, and what they tell does not follow from what the model reads."""
DRIFTS = ("DataDrift", "EmbeddingDrift", "PredictionShift")
"""Alerts by which a model is no longer what those that read it were trained on."""


@dataclass(frozen=True)
class Recheck:
    """When one model is looked at anew."""

    after: tuple[Model, ...]
    """Models that it reads and that are looked at anew themselves: they come first."""
    reads: tuple[str, ...]
    """Models whose drift is a reason to; what those after which it comes read is theirs to see."""


def holding(watch: Watch | None) -> tuple[Check, ...]:
    """The checks of a model whose verdict may be another once what it reads has changed."""
    return tuple(check for check in watch.checks if check.job not in APART) if watch else ()


def recheck(blueprint: Blueprint, model: Model) -> Recheck | None:
    """None for a model that reads none, whose versions pass no gate, or that has no checks."""
    if not _is_rechecked(blueprint, model):
        return None
    read = _sources(blueprint, model)
    after = tuple(each for each in read if _is_rechecked(blueprint, each))
    return Recheck(after, tuple(each.name for each in read))


def _is_rechecked(blueprint: Blueprint, model: Model) -> bool:
    gated = promoted(model) and not outside(blueprint) and asks_registry(model)
    return gated and bool(model.depends_on) and bool(set(measured(model)) - set(APART))


def _sources(blueprint: Blueprint, model: Model) -> tuple[Model, ...]:
    """What it reads; and at second hand, what is read by those that nobody looks at anew."""
    found: dict[str, Model] = {}
    for read in map(blueprint.model, model.depends_on):
        further = () if _is_rechecked(blueprint, read) else _sources(blueprint, read)
        found |= {each.name: each for each in (read, *further)}
    return tuple(found.values())
