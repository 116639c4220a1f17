"""What a cloud bills for, before it has a price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.plan.capability import Capability

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model
    from modelyard.blueprint.site import AwsSite, GcpSite
    from modelyard.plan.placement import Placement
    from modelyard.plan.serving import ModelPlan

WATCHED = ("alarm/metric", "logs/ingested", "logs/stored", "messages/notifications")
"""Items of alarms with somebody who is told, and of logs."""


@dataclass(frozen=True)
class Charge:
    """An item of a price list, how much of it there is, and what it is there for."""

    item: str
    site: str
    capability: Capability
    model: str | None
    quantity: tuple[float, float] | None
    """At the fewest replicas and at the most: how many are there all month, or GB, whatever the
    item is counted in. None for what is billed by use, of which a blueprint does not tell."""


@dataclass(frozen=True)
class Case:
    """One placement on a cloud site, and what decides its charges."""

    blueprint: Blueprint
    site: AwsSite | GcpSite
    placement: Placement
    neighbours: tuple[Placement, ...]
    """All placements of the site."""
    models: tuple[ModelPlan, ...]
    """All models of the site."""

    @property
    def provider(self) -> str:
        return str(self.site.kind)

    @property
    def model(self) -> ModelPlan | None:
        """The model that the placement is for."""
        return next((m for m in self.models if m.name == self.placement.model), None)

    @property
    def written(self) -> Model | None:
        """That model as the blueprint has it."""
        name = self.placement.model
        return self.blueprint.model(name) if name else None

    def always(self, item: str, quantity: float = 1) -> Charge:
        """The same whatever the number of replicas."""
        return self._charge(item, (quantity, quantity))

    def between(self, item: str, fewest: float, most: float) -> Charge:
        """As many as there are replicas."""
        return self._charge(item, (fewest, most))

    def by_use(self, *items: str) -> Iterator[Charge]:
        """Billed for what is really used."""
        return (self._charge(item, None) for item in items)

    def _charge(self, item: str, quantity: tuple[float, float] | None) -> Charge:
        placement = self.placement
        return Charge(item, placement.site, placement.capability, placement.model, quantity)
