"""What a site is asked before anything is built on it, and what it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from modelyard.contracts.inventory import Expected

if TYPE_CHECKING:
    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context


class Verdict(StrEnum):
    """What an answer means for the plan."""

    OK = "ok"
    WARNING = "warning"
    """It can be carried out, and not as well as it reads."""
    FAILED = "failed"
    """It cannot be carried out as it is."""
    UNKNOWN = "unknown"
    """The site did not tell, or may not be asked."""


@dataclass(frozen=True)
class Answer:
    """One thing that was asked. `next` is the command or the place that changes it."""

    topic: str
    """What it is about, in a word: `quota`, `name`, `role`."""
    asked: str
    verdict: Verdict
    found: str
    needed: str = ""
    next: str = ""

    def json(self) -> Mapping[str, str]:
        return {**vars(self), "verdict": str(self.verdict)}


@dataclass(frozen=True, kw_only=True)
class MachineNeed:
    """Machines of one kind that the models of a site need."""

    machine: str
    fewest: int
    most: int
    """At the largest number of replicas of every model."""
    models: tuple[str, ...]
    hosted: str = ""
    """The mode of models that the cloud hosts itself, on machines outside the cluster."""


@dataclass(frozen=True, kw_only=True)
class PreflightArgs:
    """What a plan would build on one site."""

    site: Site
    context: Context
    machines: tuple[MachineNeed, ...]
    expected: Sequence[Expected]
    """Every planned resource of the site: their types and names say what is asked."""


class Preflight(Protocol):
    """Asks a site. Raises NotReadyError where it cannot be reached or nobody is logged in."""

    def answers(self) -> Iterator[Answer]:
        """Everything that was asked, in the order of the topics; nothing is changed."""
        ...
