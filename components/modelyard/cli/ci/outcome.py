"""What the review of one blueprint came to, small enough to be kept for hundreds of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelyard.review.finding import Finding


class Status(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged graph"
    REMOVED = "removed"
    BROKEN = "does not hold"
    FAILED = "not reviewed"
    """Its process died, took too long or needed too much: nothing is known."""


class FailOn(StrEnum):
    """What makes a review exit with 1; each level has those before it, `never` aside."""

    NEVER = "never"
    NEW = "new"
    MANDATORY = "mandatory"
    ADVISORY = "advisory"


@dataclass(frozen=True)
class Section:
    """One part of a review, as Markdown."""

    title: str
    text: str


@dataclass(frozen=True)
class Outcome:
    """One blueprint in one environment."""

    path: str
    environment: str | None
    status: Status
    reasons: tuple[str, ...] = ()
    """Why it was looked at."""
    why: str = ""
    """Of one that does not hold, or was not reviewed."""
    verbs: Mapping[str, int] = field(default_factory=dict)
    """How many resources are to be created, updated, …"""
    changes: str = ""
    """The same in words: `3 to create, 1 to replace`."""
    lost: int = 0
    """Resources that keep data and would be replaced or deleted."""
    unknown: int = 0
    """Resources that keep data, of which nobody here knows whether they stay."""
    cost: tuple[tuple[float, float] | None, tuple[float, float]] | None = None
    """US dollars a month, minimum and maximum, before and after."""
    new_blocking: int = 0
    """Mandatory rules newly broken, by resource; and so on."""
    new_broken: int = 0
    blocking: int = 0
    broken: int = 0
    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    asked: tuple[str, ...] = ()
    """The rules that were looked at."""
    seconds: float = 0.0

    @property
    def label(self) -> str:
        return f"{self.path} ({self.environment})" if self.environment else self.path

    @property
    def data(self) -> tuple[str, ...]:
        """What becomes of what keeps data, in words."""
        counts = {"lose data": self.lost, "may lose data": self.unknown}
        return tuple(f"{count} {what}" for what, count in counts.items() if count)

    @property
    def known(self) -> bool:
        """Whether it could be looked at."""
        return self.status not in (Status.BROKEN, Status.FAILED)

    def finds(self, level: FailOn, allow_stateful: bool) -> bool:
        """Is there what a review is to fail on?"""
        match level:
            case FailOn.NEVER:
                return False
            case FailOn.NEW:
                found = self.new_blocking
            case FailOn.MANDATORY:
                found = self.blocking
            case FailOn.ADVISORY:
                found = self.blocking + self.new_broken
        return bool(found or ((self.lost or self.unknown) and not allow_stateful))

    def json(self) -> Mapping[str, Any]:
        """For machines; the keys are a contract."""
        before, after = self.cost or (None, None)
        return {
            "blueprint": self.path,
            "environment": self.environment,
            "status": self.status.name.lower(),
            "reasons": list(self.reasons),
            "why": self.why or None,
            "resources": dict(self.verbs),
            "lost": self.lost,
            "unknown": self.unknown,
            "monthly_usd": {"before": before, "after": after} if self.cost else None,
            "policies": {
                "newly_broken": self.new_broken,
                "newly_blocking": self.new_blocking,
                "broken": self.broken,
                "blocking": self.blocking,
            },
            "notes": list(self.notes),
            "seconds": round(self.seconds, 2),
        }
