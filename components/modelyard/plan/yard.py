"""The machines of every site while models are put on them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from modelyard.blueprint.site import ClusterSite
from modelyard.plan.machine import Machine, declared, sold

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.plan.capacity import Capacity
    from modelyard.plan.sizing import Fit


@dataclass
class Yard:
    """What is free on each kind of machine; a cloud's machines never run out."""

    blueprint: Blueprint
    left: dict[tuple[str, str], Capacity] = field(default_factory=dict)

    def machines(self, site: str) -> list[Machine]:
        """The machines of a site, with what is free on each."""
        place = self.blueprint.sites[site]
        if not isinstance(place, ClusterSite):
            return list(sold(str(place.kind), place.gpus))
        return [
            replace(machine, available=self.left.get((site, machine.name), machine.available))
            for machine in declared(place.gpus)
        ]

    def take(self, site: str, fit: Fit, replicas: int) -> None:
        """Keep room for so many replicas."""
        free = fit.machine.available
        if free is not None:
            self.left[site, fit.machine.name] = free.take(fit.parallel, replicas)

    def take_everywhere(self, site: str, fit: Fit) -> None:
        """Keep room for one replica on each node."""
        free = fit.machine.available
        if free is not None:
            self.left[site, fit.machine.name] = free.everywhere(fit.parallel)
