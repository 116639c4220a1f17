"""What depends on a resource: directly, and in all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelyard.recorder import Graph

_SHOWN = 3


@dataclass(frozen=True)
class Blast:
    """The names of what depends on a resource, in the graph's order."""

    directly: tuple[str, ...]
    in_all: tuple[str, ...]

    def json(self) -> Mapping[str, Any]:
        return {"directly": list(self.directly), "in_all": list(self.in_all)}

    def __str__(self) -> str:
        if not self.in_all:
            return "nothing depends on it"
        shown = (self.directly or self.in_all)[:_SHOWN]
        rest = len(self.in_all) - len(shown)
        names = ", ".join(shown) + (f" and {rest} more" if rest else "")
        return f"on it depend {len(self.directly)} directly, {len(self.in_all)} in all: {names}"


@dataclass(frozen=True)
class Dependents:
    """Who depends on whom in a graph."""

    graph: Graph

    def of(self, urn: str) -> Blast:
        """What depends on a resource. Components stand for what is in them and are not counted."""
        directly = self._resources(self._reached([urn], steps=1))
        return Blast(directly, self._resources(self._reached([urn])))

    @cached_property
    def _users(self) -> Mapping[str, list[str]]:
        """By URN, what needs it. Who waits for a component waits for all that is in it."""
        users: dict[str, list[str]] = defaultdict(list)
        for resource in self.graph:
            needed = resource.needs() - {resource.parent}
            for urn in needed:
                users[urn].append(resource.urn)
        return users

    def _reached(self, urns: Iterable[str], steps: int | None = None) -> set[str]:
        found: set[str] = set()
        edge = set(urns)
        own = set(edge)
        while edge and steps != 0:
            holders = {holder for urn in edge for holder in self._holders(urn)}
            edge = {user for urn in edge | holders for user in self._users.get(urn, ())}
            edge -= found | own
            found |= edge
            steps = None if steps is None else steps - 1
        return found

    def _holders(self, urn: str) -> Iterable[str]:
        """The components that a resource is in, to the outermost."""
        parent = self.graph[urn].parent if urn in self.graph else None
        while parent:
            yield parent
            parent = self.graph[parent].parent if parent in self.graph else None

    def _resources(self, urns: set[str]) -> tuple[str, ...]:
        found = (each for each in self.graph if each.urn in urns and each.custom)
        return tuple(dict.fromkeys(each.name for each in found))
