"""The parts of a platform as people know them, and which resource belongs to which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.platform import component_name

if TYPE_CHECKING:
    from modelyard.engine.state import State
    from modelyard.plan.placement import Placement
    from modelyard.plan.plan import Plan
    from modelyard.recorder import Graph

WHOLE = "platform"
"""The part of what belongs to no single one."""


@dataclass(frozen=True)
class Parts:
    """The part of each resource, by URN, and the order in which people think of them."""

    of: Mapping[str, str]
    names: tuple[str, ...]
    """As planned: each after what it needs. What is not planned any more comes last."""

    def __getitem__(self, urn: str) -> str:
        return self.of.get(urn, WHOLE)

    def counts(self, urns: Iterable[str]) -> Mapping[str, int]:
        """How many of these resources each part has; parts that have none are left out."""
        found = Counter(self[urn] for urn in urns)
        return {part: found[part] for part in dict.fromkeys((*self.names, *found)) if found[part]}


def parts_of(plan: Plan, graph: Graph, state: State | None = None) -> Parts:
    """The parts of what is planned and of what is deployed."""
    names = {component_name(plan, p): label(plan, p) for p in plan.capabilities}
    own = f"{plan.blueprint.name}-"
    found: dict[str, str] = {}
    for urn, parent, name, component in _resources(graph, state):  # parents before children
        inherited = found.get(parent or "", WHOLE)
        named = names.get(name, name.removeprefix(own)) if component else WHOLE
        found.setdefault(urn, named if inherited == WHOLE and name != own[:-1] else inherited)
    return Parts(found, (WHOLE, *names.values()))


def _resources(graph: Graph, state: State | None) -> Iterator[tuple[str, str | None, str, bool]]:
    """URN, parent, logical name, and whether it is a component."""
    for planned in graph:
        yield planned.urn, planned.parent, planned.name, not planned.custom
    for deployed in state.resources if state else ():
        yield deployed.urn, deployed.parent, deployed.name, not deployed.custom


def label(plan: Plan, placement: Placement) -> str:
    """`serving fraud-scorer`; with several sites, the site first: `plant: registry`."""
    several = f"{placement.site}: " if len(plan.sites) > 1 else ""
    model = f" {placement.model}" if placement.model else ""
    return f"{several}{placement.capability}{model}"
