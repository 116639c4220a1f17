"""What a job says: measures with their limits, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

WHOLE = ""
"""Subject of a measure that is about the model as a whole, not about one feature or group."""


class Verdict(StrEnum):
    PASSED = "passed"
    BREACHED = "breached"
    UNDECIDED = "undecided"
    """Too little to judge by: said, with the reason, and neither an alarm nor silence."""


@dataclass(frozen=True)
class Finding:
    """One measure of one subject."""

    measure: str
    """Such as `psi`, `accuracy` or `demographic_parity`."""
    verdict: Verdict
    subject: str = WHOLE
    """A feature, a group, a file."""
    value: float | None = None
    limit: float | None = None
    reason: str = ""

    @property
    def told(self) -> bool:
        """A value that nothing holds: it decides nothing."""
        passed = self.verdict is Verdict.PASSED
        return passed and self.value is not None and self.limit is None


@dataclass(frozen=True)
class Report:
    """All that one run of a job found of one model."""

    check: str
    """The job: `drift`, `performance` …"""
    model: str
    findings: tuple[Finding, ...]
    samples: dict[str, int] = field(default_factory=dict)
    """How many rows were looked at, by window: `reference`, `current`."""
    facts: dict[str, str] = field(default_factory=dict)
    """What was found beside measures: `version`, `incumbent`, `digest`."""

    @property
    def verdict(self) -> Verdict:
        """One breach breaches; what could not be judged does not undo what was."""
        found = {f.verdict for f in self.findings if not f.told} or {
            f.verdict for f in self.findings
        }
        for verdict in (Verdict.BREACHED, Verdict.PASSED):
            if verdict in found:
                return verdict
        return Verdict.UNDECIDED
