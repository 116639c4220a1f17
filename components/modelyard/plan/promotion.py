"""What a model of the registry is called, there and on its way there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelyard.blueprint.model import Approval

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model

CHAMPION = "champion"
"""The alias of what is in production, where the source names none."""
_SOURCE = re.compile(r"models:/(?P<name>[^@/]+)(@(?P<alias>.+)|/(?P<version>.+))?")


RECORDS = "audit/promotions"
"""The folder of the platform's bucket that says who moved which version, and why."""


def promoted(model: Model) -> bool:
    """Whether something stands between a new version and production: a person, or a run that
    brings versions of its own accord. Without either no gate is ever reached; the checks say so.
    """
    return model.promote.approval is Approval.REQUIRED or model.retrain is not None


def checks(model: Model) -> tuple[str, ...]:
    """Jobs whose verdict on a version has to be `passed` before it comes into production."""
    scan = ("scan-artifact",) if model.artifact else ()
    return (*scan, *dict.fromkeys(map(str, model.promote.checks)))


def guarded(blueprint: Blueprint) -> tuple[str, ...]:
    """Registered models that promotion alone may write to: training could own them otherwise."""
    return tuple(registered_name(model) for model in blueprint.models if promoted(model))


def registered_name(model: Model) -> str:
    """Name in the registry; the model's own where it comes from elsewhere."""
    found = _SOURCE.fullmatch(model.source)
    return found["name"] if found else model.name


def alias(model: Model) -> str:
    """The alias that promotion moves."""
    found = _SOURCE.fullmatch(model.source)
    return (found and found["alias"]) or CHAMPION


def candidate_name(model: Model) -> str:
    """Where training registers: under a name of its own, so that it cannot move the alias."""
    return f"{registered_name(model)}-candidate" if promoted(model) else registered_name(model)


def follows_alias(model: Model) -> bool:
    """Whether what serves the model reads it by the alias."""
    found = _SOURCE.fullmatch(model.source)
    return bool(found and found["alias"])


def trained(model: Model) -> bool:
    """Whether candidates are versions of the registry; what comes from elsewhere has revisions."""
    return model.retrain is not None or model.source.startswith("models:/")
