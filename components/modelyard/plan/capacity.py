"""Accelerators that are free on nodes that are there already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Capacity:
    """Nodes of one kind, by how many accelerators each has free. A replica never spans two."""

    free: Mapping[int, int]
    """How many nodes have so many accelerators free."""

    @classmethod
    def of(cls, nodes: int, each: int) -> Capacity:
        """So many nodes with nothing on them yet."""
        return cls({each: nodes})

    @property
    def accelerators(self) -> int:
        return sum(free * nodes for free, nodes in self.free.items())

    @property
    def nodes(self) -> int:
        return sum(self.free.values())

    @property
    def least(self) -> int:
        """Accelerators free on the fullest node."""
        return min(self.free, default=0)

    def room(self, parallel: int) -> int:
        """Replicas of so many accelerators each that there is room for."""
        return sum(nodes * (free // parallel) for free, nodes in self.free.items())

    def take(self, parallel: int, replicas: int) -> Capacity:
        """What is left after so many replicas, or as many as there is room for.

        The fullest nodes are filled first, which keeps whole nodes for larger models.
        """
        left: Counter[int] = Counter()
        for free, nodes in sorted(self.free.items()):
            each = free // parallel
            full = min(nodes, replicas // each) if each else 0
            part = min(replicas - full * each, each) if full < nodes and each else 0
            left[free - each * parallel] += full
            left[free - part * parallel] += 1 if part else 0
            left[free] += nodes - full - (1 if part else 0)
            replicas -= full * each + part
        return Capacity({free: nodes for free, nodes in left.items() if nodes})

    def plus(self, each: int, nodes: int) -> Capacity:
        """With so many more nodes that have nothing on them."""
        free = {**self.free, each: self.free.get(each, 0) + nodes}
        return Capacity({each: nodes for each, nodes in free.items() if nodes})

    def everywhere(self, parallel: int) -> Capacity:
        """What is left after one replica on each node."""
        return Capacity({free - parallel: nodes for free, nodes in self.free.items()})
