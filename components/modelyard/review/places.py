"""Where in a blueprint each resource comes from: file, line and column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from modelyard.blueprint.errors import Location
from modelyard.plan.links import link_of
from modelyard.program import placements_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelyard.blueprint.loading.document import Document
    from modelyard.blueprint.loading.node import Path
    from modelyard.plan.placement import Placement
    from modelyard.plan.plan import Plan
    from modelyard.recorder import Graph


@dataclass(frozen=True)
class Places:
    """The entries of a blueprint that resources come from."""

    document: Document
    file: str
    """The blueprint as people name it, whatever the document calls itself."""
    plan: Plan
    graph: Graph

    def of(self, urn: str | None) -> Location:
        """The entry a resource comes from; the first line where none is known."""
        placement = self._placements.get(urn or "")
        candidates = _paths(self.plan, placement) if placement else ()
        found = (self._place(path) for path in candidates)
        return next(filter(None, found), Location(self.file, 1, 1))

    def _place(self, path: Path) -> Location | None:
        """Where the key stands; None of what is not written there: a preset's is elsewhere."""
        if self.document.root.find(path) is None:
            return None
        at = self.document.locate(path, key=True)
        return replace(at, file=self.file) if at.file == self._origin else None

    @cached_property
    def _origin(self) -> str:
        return self.document.locate(("modelyard",)).file

    @cached_property
    def _placements(self) -> Mapping[str, Placement]:
        return placements_of(self.plan, self.graph)


def _paths(plan: Plan, placement: Placement) -> Iterator[Path]:
    """From the closest entry to the site that it stands on."""
    field = placement.capability.field
    fleets = {site.name: site.fleet for site in plan.sites}
    site = fleets.get(placement.site) or placement.site
    if placement.model:
        yield ("models", placement.model)
    if placement.to:
        yield ("links", plan.blueprint.links.index(link_of(plan.blueprint, placement)))
    yield (field,)
    yield ("llm", field)
    yield ("sites", site, field)
    yield ("sites", site)
