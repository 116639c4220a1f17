"""Machines that models may be put on: what a cluster declares, or what a cloud sells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from modelyard.blueprint.gpus import Capacity as Way
from modelyard.catalog.accelerators import Accelerator, find
from modelyard.catalog.hosted import renting
from modelyard.catalog.machines import machines as catalog
from modelyard.plan.capacity import Capacity
from modelyard.plan.memory import GIB

if TYPE_CHECKING:
    from modelyard.blueprint.gpus import CloudGpus, ClusterGpus, GpuNodes, Sharing

MEMORY_SLICES = 8
"""Parts into which MIG divides the memory of a GPU; source: NVIDIA's MIG user guide."""


@dataclass(frozen=True)
class Machine:
    """A kind of machine that a model may be put on."""

    name: str
    accelerator: str
    count: int
    """Accelerators in one machine: GPUs, or the slices of its GPUs."""
    memory_gib: float
    """Memory of one accelerator, GiB."""
    usd_per_hour: float | None
    fp8: bool = False
    joins: bool = True
    """Whether one model may span several of its accelerators; slices of a GPU cannot talk."""
    whole: bool = False
    """Whether a replica has all of a machine to itself."""
    available: Capacity | None = None
    """What is free; None where the provider has more than one can use."""

    @property
    def most(self) -> int:
        """Accelerators that one replica may use."""
        return self.count if self.joins else 1

    def room(self, parallel: int, replicas: int) -> int:
        """How many of these replicas there is room for."""
        return replicas if self.available is None else min(replicas, self.available.room(parallel))


def accelerator(name: str) -> Accelerator:
    """An accelerator of the catalog; `check` has refused names that are not in it."""
    found = find(name)
    assert found is not None, name
    return found


def declared(gpus: ClusterGpus) -> Iterator[Machine]:
    """The nodes that a cluster has, with nothing on them yet."""
    for nodes in gpus.nodes:
        known = accelerator(nodes.accelerator)
        parts = slices(gpus.sharing, known)
        each = nodes.per_node * parts
        yield Machine(
            name=nodes.name,
            accelerator=known.accelerator,
            count=each,
            memory_gib=_memory(_whole(nodes, known), gpus.sharing, known),
            usd_per_hour=nodes.usd_per_hour,
            fp8=known.fp8,
            joins=gpus.sharing is None,
            available=Capacity.of(nodes.count, each),
        )


IMAGES = "amd64"
"""What the images of serving engines are made for, GPU code and all."""


def sold(provider: str, gpus: CloudGpus | None = None) -> Iterator[Machine]:
    """The machines of a cloud that have a price and run the images.

    With `gpus`: those that are to be had as a site asks for them, shared as it says.
    """
    sharing, ways = (gpus.shared, gpus.ways) if gpus else (None, tuple(Way))
    for machine in catalog(provider):
        facts = machine.accelerator_facts
        priced = machine.sizable and machine.usd_per_hour is not None
        asked = machine.sold_in(ways) and divides(sharing, facts)
        if priced and asked and machine.architecture == IMAGES:
            yield Machine(
                name=machine.machine,
                accelerator=machine.accelerator,
                count=machine.count * slices(sharing, facts),
                memory_gib=_memory(facts.memory_gib, sharing, facts),
                usd_per_hour=machine.usd_per_hour,
                fp8=facts.fp8,
                joins=sharing is None,
            )


def hosted(engine: str) -> Iterator[Machine]:
    """The machines that a cloud rents out with this engine, each of them to one replica."""
    rented = renting(engine)
    for name, called in rented.containers.items():
        known = accelerator(name)
        yield Machine(called, known.accelerator, 1, known.memory_gib, None, known.fp8, whole=True)
    for machine in sold(rented.provider):
        if (price := rented.price(machine.name)) is not None:
            called = rented.called(machine.name)
            yield replace(machine, name=called, usd_per_hour=price, whole=True)


def divides(sharing: Sharing | None, known: Accelerator) -> bool:
    """Whether a GPU can be shared like this."""
    return sharing is None or sharing.mig is None or sharing.mig.removesuffix("+me") in known.mig


def slices(sharing: Sharing | None, known: Accelerator) -> int:
    """Into how many parts one GPU is divided."""
    if sharing is None:
        return 1
    if sharing.time_slicing:
        return sharing.time_slicing
    assert sharing.mig is not None
    if sharing.mig.endswith("+me"):
        return 1  # a GPU has one set of media extensions
    compute, _ = _profile(sharing.mig)
    whole, _ = _profile(known.mig[-1])
    return min(whole // compute, MEMORY_SLICES // _memory_slices(sharing.mig, known))


def _whole(nodes: GpuNodes, known: Accelerator) -> float:
    """Memory of one GPU of a cluster's nodes, GiB."""
    return nodes.memory / GIB if nodes.memory else known.memory_gib


def _memory(whole: float, sharing: Sharing | None, known: Accelerator) -> float:
    """Memory of one accelerator or of one slice of it, GiB.

    A MIG profile is named after decimal gigabytes, rounded: the smaller reading counts.
    """
    if sharing is None:
        return whole
    if sharing.mig is None:
        return whole / slices(sharing, known)
    _, gigabytes = _profile(sharing.mig)
    share = whole * _memory_slices(sharing.mig, known) / MEMORY_SLICES
    return min(gigabytes * 1e9 / GIB, share)


def _memory_slices(profile: str, known: Accelerator) -> int:
    """`3g.40gb` of a GPU whose whole is `7g.80gb` holds 4 of its 8 slices of memory."""
    _, held = _profile(profile)
    _, whole = _profile(known.mig[-1])
    return max(1, round(MEMORY_SLICES * held / whole))


def _profile(name: str) -> tuple[int, int]:
    """Slices of compute, and gigabytes: `3g.40gb` is (3, 40)."""
    compute, _, memory = name.removesuffix("+me").removesuffix("gb").partition("g.")
    return int(compute), int(memory)
