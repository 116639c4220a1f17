"""Copies of the registry: what each of them has to follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.plan.capability import Capability as C
from modelyard.plan.promotion import alias, registered_name
from modelyard.plan.standing import REGISTRY

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.plan.plan import Plan
    from modelyard.plan.serving import ModelPlan


@dataclass(frozen=True)
class Copy:
    """An alias of a model in the registry, and the models of the site that are served from it."""

    model: str
    alias: str
    served: tuple[ModelPlan, ...]
    public_key: str | None
    """What the model has to be signed with."""

    @property
    def wanted(self) -> str:
        return f"{self.model}@{self.alias}"


def copies_at(plan: Plan, site: str) -> tuple[Copy, ...]:
    """What the copy on a site follows; nothing where there is none."""
    if not any(p.site == site and p.capability is C.REPLICATION for p in plan.capabilities):
        return ()
    found: dict[tuple[str, str], list[tuple[Model, ModelPlan]]] = {}
    for planned in (model for model in plan.models if model.site == site):
        settings = plan.settings(planned)
        if settings.source.startswith(REGISTRY):
            key = (registered_name(settings), alias(settings))
            found.setdefault(key, []).append((settings, planned))
    return tuple(_copy(*key, models) for key, models in sorted(found.items()))


def _copy(model: str, alias: str, models: list[tuple[Model, ModelPlan]]) -> Copy:
    artifacts = (settings.artifact for settings, _ in models)
    key = next((it.public_key for it in artifacts if it and it.public_key), None)
    return Copy(model, alias, tuple(planned for _, planned in models), key)
