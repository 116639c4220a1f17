"""The plan's bill beside the graph: what a cloud counts, and what the plan says that it does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from modelyard.catalog.billed import billed
from modelyard.plan.bill import bill
from modelyard.plan.charge import Charge
from modelyard.plan.plan import Plan
from modelyard.platform import component_name
from modelyard.recorder import Graph
from modelyard.recorder.graph import Resource

Quantities = Mapping[str, float]
"""By item of the price list."""
Counting = Callable[[Mapping[str, Any]], Quantities]
"""What a cloud counts of a resource, by its inputs."""
Part = tuple[str, str]
"""Site and capability."""


def charges(plan: Plan) -> tuple[Charge, ...]:
    return bill(plan.blueprint, plan.models, plan.capabilities)


def one(item: str) -> Counting:
    """What costs the same whatever its settings."""
    return lambda _: {item: 1}


@dataclass(frozen=True)
class Cloud:
    """A provider's package, and what it counts by type."""

    package: str
    counted: Mapping[str, Counting]

    def resources(self, graph: Graph) -> Iterator[Resource]:
        """What the platform has there, without its provider and what is there already."""
        return (r for r in graph if r.package == self.package and r.custom and not r.external)

    def unclassified(self, graph: Graph) -> set[str]:
        """Types of which nobody has said whether they cost anything."""
        return {resource.type for resource in self.resources(graph)} - set(billed())

    def missing(self, plan: Plan, graph: Graph) -> list[tuple[str, str]]:
        """Resources with an item of theirs that the plan does not bill their own part for."""
        counted, rated = _paid(charges(plan))
        return [
            (resource.name, item)
            for resource, part in self._parts(plan, graph)
            if not self._free(resource)
            for paid, items in (
                (counted[part], billed()[resource.type].priced),
                (rated[part], billed()[resource.type].by_use),
            )
            for item in items
            if not any(fnmatchcase(each, item) for each in paid)
        ]

    def _free(self, resource: Resource) -> bool:
        """Whether nothing is counted of this one, such as an address inside the network."""
        counted = self.counted.get(resource.type)
        return counted is not None and not counted(resource.inputs)

    def _parts(self, plan: Plan, graph: Graph) -> Iterator[tuple[Resource, Part]]:
        """Every resource with the site and capability it was made for."""
        names = {component_name(plan, p): (p.site, str(p.capability)) for p in plan.capabilities}
        by_urn = {resource.urn: resource for resource in graph}
        for resource in self.resources(graph):
            above: Resource | None = resource
            while above and above.name not in names:
                above = by_urn.get(above.parent or "")
            assert above, resource.urn
            yield resource, names[above.name]

    def counts(self, plan: Plan, graph: Graph) -> tuple[Quantities, Quantities]:
        """What is counted in a graph, and what the plan's bill has, by item."""
        found: defaultdict[str, float] = defaultdict(float)
        for resource in self.resources(graph):
            for item, number in self.counted.get(resource.type, lambda _: {})(
                resource.inputs
            ).items():
                found[item] += number
        return found, _billed(plan, self.package)

    def priced(self) -> set[str]:
        """Types that the plan counts."""
        own = {k: row for k, row in billed().items() if k.startswith(f"{self.package}:")}
        return {token for token, row in own.items() if row.priced}


def _billed(plan: Plan, kind: str) -> Quantities:
    found: defaultdict[str, float] = defaultdict(float)
    of_kind = {site.name for site in plan.sites if site.kind == kind}
    for charge in charges(plan):
        if charge.quantity and charge.site in of_kind:
            found[charge.item] += charge.quantity[0]
    return found


def _paid(found: tuple[Charge, ...]) -> tuple[defaultdict[Part, set[str]], ...]:
    """Items by part: those that are counted, and those billed by use."""
    counted: defaultdict[Part, set[str]] = defaultdict(set)
    rated: defaultdict[Part, set[str]] = defaultdict(set)
    for charge in found:
        paid = rated if charge.quantity is None else counted
        paid[charge.site, charge.capability].add(charge.item)
    return counted, rated
