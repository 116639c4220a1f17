"""Machines that a cloud rents out with a server on them, by engine; source: `hosted.yaml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from modelyard.catalog.prices import prices

_SHEET = Path(__file__).with_name("hosted.yaml")
GIB = 2**30
CPU, MEMORY = 2000, 4 * GIB
"""What a replica gets where the blueprint says nothing."""


@dataclass(frozen=True, kw_only=True)
class Renting:
    """What is particular about one engine's machines."""

    provider: str
    prefix: str = ""
    """Before the cloud's own name of a machine: `ml.` of `ml.g5.xlarge`."""
    elastic: bool = False
    """Whether there are containers that come and go with requests, instead of machines."""
    containers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Accelerators that such a container may have one of, and what they are called there."""
    accelerators: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the engine calls the accelerators of its machines, where it has to be told."""
    image: str | None = None
    """The server's image, where the cloud keeps one everywhere."""
    regions: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """By accelerator of a container: the regions that have it."""
    sizes: Mapping[int, Sequence[float]] = field(default_factory=dict[int, Sequence[float]])
    """By cores of a container: GiB of memory at least, and at most."""
    with_accelerator: Mapping[str, float] = field(default_factory=dict[str, float])
    """Cores and memory that a container with an accelerator has at least."""

    def called(self, machine: str) -> str:
        return f"{self.prefix}{machine}"

    def price(self, machine: str) -> float | None:
        """US dollars an hour; None if it is not rented out."""
        found = None if self.elastic else prices(self.provider).get(self._item(machine))
        return found.usd if found else None

    def container(
        self, cpu: int | None, memory: int | None, *, accelerated: bool
    ) -> Container | None:
        """The smallest container with so many thousandths of a core and bytes of memory, if any."""
        least = self.with_accelerator if accelerated else {}
        cores = max((cpu or CPU) / 1000, least.get("cores", 0))
        gib = max((memory or MEMORY) / GIB, least.get("memory_gib", 0))
        for size, (fewest, most) in sorted(self.sizes.items()):
            if size >= cores and gib <= most:
                return Container(cores=size, memory_gib=max(gib, fewest))
        return None

    def _item(self, machine: str) -> str:
        return f"inference/{self.called(machine)}"


@dataclass(frozen=True, kw_only=True)
class Container:
    """Of an engine whose containers come and go."""

    cores: int
    memory_gib: float


_KEYS = tuple(Renting.__dataclass_fields__)


@cache
def renting(engine: str) -> Renting:
    """How an engine's cloud rents out machines. Raises KeyError for engines of the cluster."""
    row = _sheet()[engine]
    return Renting(**{key: row[key] for key in _KEYS if key in row})


@cache
def _sheet() -> Mapping[str, Mapping[str, Any]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(_SHEET.read_bytes(), Loader=loader)
