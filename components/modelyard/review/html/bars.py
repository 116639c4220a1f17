"""Amounts as bars: what costs how much, and what a model's memory is filled with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelyard.plan.cost import Cost
    from modelyard.plan.serving import ModelPlan

_WAYS = ("site", "capability", "model")


@dataclass(frozen=True)
class Bar:
    """A row: what it is, how much, and the same as parts of a hundred of the longest."""

    name: str
    least: float
    most: float
    from_: float
    to: float


@dataclass(frozen=True)
class Bars:
    """The rows of one way to add up a cost, the dearest first."""

    by: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Share:
    """A part of a memory: its GiB, and where it begins and how long it is, of a hundred."""

    name: str
    gib: float
    start: float
    length: float


def cost_bars(cost: Cost) -> tuple[Bars, ...]:
    """By site, capability and model; ways in which there is nothing are left out."""
    return tuple(bars for by in _WAYS if (bars := _bars(cost, by)).bars)


def _bars(cost: Cost, by: str) -> Bars:
    totals = cost.by(by)
    longest = max([monthly.maximum for monthly in totals.values()], default=0) or 1
    ordered = sorted(totals.items(), key=lambda each: (-each[1].maximum, each[0]))
    return Bars(
        by,
        tuple(
            Bar(name, m.minimum, m.maximum, 100 * m.minimum / longest, 100 * m.maximum / longest)
            for name, m in ordered
        ),
    )


def memory_bars(model: ModelPlan) -> tuple[Share, ...]:
    """Weights, KV cache and overhead, of what is usable; none where it is not known."""
    return tuple(_shares(model))


def _shares(model: ModelPlan) -> Iterator[Share]:
    memory = model.memory
    if memory is None:
        return
    whole, start = max(memory.available, memory.total) or 1, 0.0
    for name in ("weights", "kv_cache", "overhead"):
        gib = getattr(memory, name)
        length = 100 * gib / whole
        yield Share(name.replace("kv_", "KV "), gib, start, length)
        start += length
