"""The lines of a blueprint that a resource comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from modelyard.platform import component_name
from modelyard.program import Planned
from modelyard.recorder import Graph


@dataclass(frozen=True)
class Lines:
    """Of one blueprint: a resource is its model's, or else its site's."""

    planned: Planned
    graph: Graph
    file: str

    def of(self, urn: str) -> tuple[int, int]:
        """Line and column; the first ones for what comes from nothing in the file itself."""
        where = self.planned.document.locate(self._sources.get(urn, ("sites",)), key=True)
        return (where.line, where.column) if where.file == self.file else (1, 1)

    @cached_property
    def _sources(self) -> Mapping[str, tuple[str, ...]]:
        """Where in the blueprint the component stands that each resource hangs under."""
        plan, found = self.planned.plan, dict[str, tuple[str, ...]]()
        named = {
            component_name(plan, p): ("models", p.model) if p.model else ("sites", p.site)
            for p in plan.capabilities
        }
        for resource in self.graph:  # parents come before their children
            own = named.get(resource.name) if not resource.custom else None
            if source := found.get(resource.parent or "") or own:
                found[resource.urn] = source
        return found
