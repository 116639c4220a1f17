"""Sizing: the cheapest machine that holds a model, the arithmetic behind it, and the runner-up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from modelyard.blueprint.serve import Quantization
from modelyard.catalog.runtimes import Runtime
from modelyard.plan.memory import Load, Memory, need


@dataclass(frozen=True)
class Machine:
    """A kind of machine that a model may be put on."""

    name: str
    accelerator: str
    count: int
    """Accelerators in one machine."""
    memory_gib: float
    """Memory of one accelerator, GiB."""
    usd_per_hour: float | None
    fp8: bool = False
    available: int | None = None
    """How many accelerators are left; None where the provider has more than one can use."""


@dataclass(frozen=True)
class Fit:
    """A way to hold a model: a machine, and how many of its accelerators."""

    machine: Machine
    parallel: int
    memory: Memory

    @property
    def share(self) -> float:
        """Of one machine, how much a replica takes."""
        return self.parallel / self.machine.count

    def machines(self, replicas: int) -> int:
        """Machines that so many replicas need; a replica never spans two."""
        each = self.machine.count // self.parallel
        return ceil(replicas / each)

    def cost_key(self, replicas: int) -> tuple[bool, float, float, int, str]:
        """Cheapest first; without a price, the least memory that does."""
        price = self.machine.usd_per_hour
        hourly = (price or 0.0) * self.machines(max(1, replicas))
        held = self.parallel * self.machine.memory_gib
        return (price is None, hourly, held, self.parallel, self.machine.name)


@dataclass(frozen=True)
class Sizing:
    """The choice, and the best of the others; no choice when nothing holds the model."""

    chosen: Fit | None
    runner_up: Fit | None
    smallest: Memory
    """What the model needs at least, whatever the machine."""


def size(load: Load, runtime: Runtime, machines: Iterable[Machine], request: Request) -> Sizing:
    """Choose among machines. Pure: same input, same choice."""
    fits = sorted(
        (fit for machine in machines for fit in _fits(load, runtime, machine, request)),
        key=lambda fit: fit.cost_key(request.replicas),
    )
    chosen = fits[0] if fits else None
    other = next((f for f in fits if chosen and f.machine.name != chosen.machine.name), None)
    return Sizing(chosen, other, need(load, runtime, 1))


@dataclass(frozen=True)
class Request:
    """What limits the choice besides memory."""

    replicas: int = 1
    quantization: Quantization = Quantization.NONE
    accelerator: str | None = None
    """Only this one, when the blueprint names it."""
    parallel: int | None = None
    """Exactly so many, when the blueprint says so."""


def _fits(load: Load, runtime: Runtime, machine: Machine, request: Request) -> Iterator[Fit]:
    """The least parallelism with which this machine holds the model, if any does."""
    if request.accelerator not in (None, machine.accelerator):
        return
    if request.quantization is Quantization.FP8 and not machine.fp8:
        return
    for parallel in _degrees(load, machine, request):
        memory = need(load, runtime, parallel)
        usable = parallel * machine.memory_gib * runtime.usable_share
        enough = machine.available is None or parallel * request.replicas <= machine.available
        if memory.total <= usable and enough:
            yield Fit(machine, parallel, replace(memory, available=usable))
            return


def _degrees(load: Load, machine: Machine, request: Request) -> Sequence[int]:
    """Tensor-parallel degrees that divide the heads; those of the draft model too."""
    heads = [shape.heads for shape in (load.shape, load.draft) if shape is not None]
    degrees = (request.parallel,) if request.parallel else range(1, machine.count + 1)
    return [d for d in degrees if d <= machine.count and all(h % d == 0 for h in heads)]
