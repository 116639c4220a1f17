"""A value of a document, together with the place it was written at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from modelyard.blueprint.errors import Location, dotted

Path = Sequence[str | int]
"""Keys, list positions or, for a list of named things, names."""


@dataclass(frozen=True, slots=True)
class Node:
    """A scalar, a list or a map. Never changed once built: merged documents share nodes."""

    value: str | int | float | bool | dict[str, Node] | list[Node] | None
    at: Location
    text: str | None = None
    """A scalar without quotes, exactly as written: `1.30`."""
    keys: dict[str, Location] = field(default_factory=dict)
    """Where each key of a map stands, including keys that were removed by an overlay."""

    @property
    def is_inner(self) -> bool:
        """Whether this is a map or a list."""
        return isinstance(self.value, (dict, list))

    @property
    def name(self) -> str | None:
        """The name by which this is known in its list."""
        found = self.value.get("name") if isinstance(self.value, dict) else None
        return found.value if found and isinstance(found.value, str) else None

    def child(self, part: str | int) -> Node | None:
        if isinstance(self.value, dict):
            return self.value.get(str(part))
        if not isinstance(self.value, list):
            return None
        if isinstance(part, int):
            return self.value[part] if 0 <= part < len(self.value) else None
        return next((item for item in self.value if item.name == part), None)

    def children(self) -> Iterator[Node]:
        """What is in a map or a list."""
        if isinstance(self.value, dict):
            yield from self.value.values()
        elif isinstance(self.value, list):
            yield from self.value

    def plain(self) -> Any:
        """The value alone, as dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def find(self, path: Path) -> Node | None:
        node: Node | None = self
        for part in path:
            node = node.child(part) if node else None
        return node

    def locate(self, path: Path, *, key: bool = False) -> Location:
        """Where the value at `path` stands, or its key; for a path that is not there, where the
        nearest thing around it stands.
        """
        node, where = self, self.at
        for part in path:
            label = node.keys.get(part) if isinstance(part, str) else None
            child = node.child(part)
            if child is None:
                return label or where
            node, where = child, label if key and label else child.at
        return where

    def dotted(self, path: Path) -> str:
        """The path in words, list items by their names: `models[fraud-scorer].serve`."""
        return dotted(self._labels(path))

    def _labels(self, path: Path) -> Iterator[str | int]:
        node: Node | None = self
        for part in path:
            inside_list = node is not None and isinstance(node.value, list)
            node = node.child(part) if node else None
            yield f"[{(node and node.name) or part}]" if inside_list else part
