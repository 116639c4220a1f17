"""A model's version in production, and what moves it: what commands ask of a registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context

Tell = Callable[[str], None]
"""Hears of each step as it is made."""


class Verdict(StrEnum):
    """What a gate says of a version."""

    PASSED = "passed"
    BREACHED = "breached"
    UNDECIDED = "undecided"
    """It could not be judged, which lets nothing in."""
    OPEN = "open"
    """Somebody still has to decide."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One thing that stands between a version and production."""

    name: str
    verdict: Verdict
    asked: str = ""
    """What it is held to: `>= 0.92`."""
    found: str = ""

    @classmethod
    def approval(cls, approvers: Sequence[str]) -> Gate:
        """A person who has to decide."""
        return cls(name="approval", verdict=Verdict.OPEN, asked=f"by one of {', '.join(approvers)}")


@dataclass(frozen=True, kw_only=True)
class Move:
    """What a promotion, or the way back, changes."""

    model: str
    """What the registry calls it."""
    before: str | None
    """The version in production; None where there is none."""
    after: str
    candidate: bool = False
    """Whether `after` is a candidate's number, and the version that it becomes has another."""
    gates: tuple[Gate, ...] = ()
    digest: str = ""
    run: str | None = None
    """What waits for an approval already."""

    @property
    def kept_back(self) -> tuple[Gate, ...]:
        """The gates that let it not through. A person who has to decide is none of them."""
        return tuple(g for g in self.gates if g.verdict in (Verdict.BREACHED, Verdict.UNDECIDED))

    def json(self) -> Mapping[str, Any]:
        return {**vars(self), "gates": [vars(gate) for gate in self.gates]}


class State(StrEnum):
    """How far a move has come."""

    DONE = "done"
    WAITING = "waiting"
    """For somebody who approves."""
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What came of a move."""

    state: State
    run: str
    """Where its record is: a run, a version, an operation."""
    why: str = ""
    next: str = ""

    @classmethod
    def served_from(cls, source: str, run: str) -> Ended:
        """It is done in the registry; what is served is what the blueprint names."""
        next = f"set `source: {source}` in the blueprint, and `modelyard up`"
        return cls(state=State.DONE, run=run, next=next)

    def json(self) -> Mapping[str, str]:
        return vars(self)


@dataclass(frozen=True, kw_only=True)
class PromoterArgs:
    """Which model of which platform is meant."""

    site: Site
    context: Context
    model: Model
    engine: str
    """What runs promotion there: `argo`, `sagemaker`, `vertex`."""
    approvers: tuple[str, ...] = ()


class Promoter(Protocol):
    """Moves one model as whoever is logged in, with their own rights.

    Raises NotReadyError where the site cannot be reached, ModelyardError for what it refuses.
    """

    def candidate(self, version: str | None, tell: Tell) -> Move:
        """What promoting a version would change, the newest where none is named."""
        ...

    def previous(self, tell: Tell) -> Move:
        """What going back would change."""
        ...

    def waiting(self, version: str | None, tell: Tell) -> Move:
        """What waits for an approval: that version, or the latest where none is named."""
        ...

    def promote(self, move: Move, why: str, tell: Tell) -> Ended: ...

    def roll_back(self, move: Move, why: str, tell: Tell) -> Ended: ...

    def approve(self, move: Move, why: str, tell: Tell) -> Ended: ...
