"""Sizing: the cheapest machine that holds a model, the arithmetic behind it, and the runner-up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from modelyard.blueprint.serve import Quantization
from modelyard.catalog.runtimes import Runtime
from modelyard.plan.machine import Machine
from modelyard.plan.memory import Load, Memory, need


@dataclass(frozen=True)
class Request:
    """What limits the choice besides memory."""

    replicas: int = 1
    everywhere: bool = False
    """One replica on each node of a kind, instead of so many anywhere."""
    quantization: Quantization = Quantization.NONE
    accelerator: str | None = None
    """Only this one, when the blueprint names it."""
    parallel: int | None = None
    """Exactly so many, when the blueprint says so."""


@dataclass(frozen=True)
class Fit:
    """A way to hold a model: a machine, and how many of its accelerators."""

    machine: Machine
    parallel: int
    memory: Memory | None = None
    """None for a model whose use of memory is not known."""

    def machines(self, replicas: int) -> int:
        """Machines that so many replicas need; a replica never spans two."""
        return ceil(replicas / (self.machine.count // self.parallel))

    def cost_key(self, replicas: int) -> tuple[bool, float, float, int, str]:
        """Cheapest first; without a price, the least memory that does."""
        price = self.machine.usd_per_hour
        hourly = (price or 0.0) * self.machines(max(1, replicas))
        held = self.parallel * self.machine.memory_gib
        return (price is None, hourly, held, self.parallel, self.machine.name)


@dataclass(frozen=True)
class Sizing:
    """The choice, and the best of the others; no choice when nothing holds the model."""

    chosen: Fit | None = None
    runner_up: Fit | None = None


def size(load: Load, runtime: Runtime, machines: Iterable[Machine], request: Request) -> Sizing:
    """Choose among machines by memory. Pure: same input, same choice."""
    return _cheapest(
        (fit for machine in machines for fit in _fits(load, runtime, machine, request)), request
    )


def by_choice(machines: Iterable[Machine], request: Request) -> Sizing:
    """Choose for an engine whose memory is not known: what the blueprint names, one at least."""
    fits = (
        Fit(machine, request.parallel or (machine.count if machine.whole else 1))
        for machine in machines
    )
    return _cheapest((fit for fit in fits if _holds(fit, request)), request)


def degrees(load: Load, most: int) -> Sequence[int]:
    """Tensor-parallel degrees up to `most` that divide the heads of the model and of its draft.

    KV heads are divided too, or each is copied to as many accelerators.
    """
    shapes = [shape for shape in (load.shape, load.draft) if shape is not None]
    return [
        degree
        for degree in range(1, most + 1)
        if all(_divides(degree, shape.heads, shape.kv_heads) for shape in shapes)
    ]


def _divides(degree: int, heads: int, kv_heads: int) -> bool:
    return heads % degree == 0 and (kv_heads % degree == 0 or degree % kv_heads == 0)


def _cheapest(fits: Iterable[Fit], request: Request) -> Sizing:
    ranked = sorted(fits, key=lambda fit: fit.cost_key(_replicas(fit, request)))
    return Sizing(*ranked[:2])  # a machine is ranked once, so the second is another machine


def _replicas(fit: Fit, request: Request) -> int:
    free = fit.machine.available
    return free.nodes if request.everywhere and free else request.replicas


def _fits(load: Load, runtime: Runtime, machine: Machine, request: Request) -> Iterator[Fit]:
    """The least parallelism with which this machine holds the model, if any does."""
    if request.quantization is Quantization.FP8 and not machine.fp8:
        return
    for parallel in degrees(load, machine.most):
        if request.parallel not in (None, parallel) or (
            machine.whole and parallel != machine.count
        ):
            continue
        memory = need(load, runtime, parallel)
        usable = parallel * machine.memory_gib * runtime.usable_share
        fit = Fit(machine, parallel, replace(memory, available=usable))
        if memory.total <= usable and _holds(fit, request):
            yield fit
            return


def _holds(fit: Fit, request: Request) -> bool:
    """Whether it is the accelerator asked for, and there is room for every replica."""
    machine = fit.machine
    if machine.whole and fit.parallel != machine.count:
        return False
    if request.accelerator not in (None, machine.accelerator) or fit.parallel > machine.most:
        return False
    if request.everywhere and machine.available:
        return machine.available.least >= fit.parallel
    return machine.room(fit.parallel, request.replicas) == request.replicas
