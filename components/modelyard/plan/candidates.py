"""What a candidate of training is held to besides its bounds, and what it learns from before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from modelyard.blueprint.model import CandidateCheck
from modelyard.blueprint.monitor import Monitor, PersonalData
from modelyard.plan.asking import robustness
from modelyard.plan.check import FIELD, Check, Limit, Part, told

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model


def personal(model: Model, monitor: Monitor) -> Part:
    """One value is one too many."""
    del model
    asked = monitor.pii or PersonalData.left_out()
    settings = {
        "entities": [each.value for each in asked.entities] or None,
        "allowed": list(asked.allowed) or None,
        "threshold": asked.threshold,
    }
    why = "nobody is to be found in rows, but in columns that may hold it"
    return Check("pii", told(settings)), [Limit("pii", "personal_data", "<= 0", FIELD, why)]


PARTS: Mapping[CandidateCheck, Callable[[Model, Monitor], Part]] = {
    CandidateCheck.PII: personal,
    CandidateCheck.ROBUSTNESS: robustness,
}
"""In the order in which they run: before training, and after it."""


def candidate_checks(model: Model) -> Mapping[str, Check]:
    """Each that is asked for, in their order, as the clock's own check of that name is told."""
    return {str(name): check for name, (check, _) in _parts(model)}


def candidate_limits(model: Model) -> Iterator[Limit]:
    """What stands between a candidate and production, in the order in which it is met."""
    for name, (_, limits) in _parts(model):
        for limit in limits:
            yield replace(limit, check="gate", measure=f"{name} {limit.measure}")


def _parts(model: Model) -> Iterator[tuple[CandidateCheck, Part]]:
    monitor = model.monitor or Monitor.left_out()
    for name, part in PARTS.items():
        if name in model.promote.checks:
            yield name, part(model, monitor)
