"""All outcomes of a run, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass

from modelyard.cli.ci.outcome import FailOn, Outcome, Status

WORST_FIRST = (Status.BROKEN, Status.FAILED, Status.REMOVED, Status.NEW, Status.CHANGED)
"""All but what is unchanged, which is counted alone."""


@dataclass(frozen=True)
class Review:
    """All outcomes, with what is asked of them."""

    outcomes: tuple[Outcome, ...]
    start: str
    """What they are compared with."""
    fail_on: FailOn
    allow_stateful: bool

    def finds(self, outcome: Outcome) -> bool:
        return outcome.finds(self.fail_on, self.allow_stateful)

    @property
    def counts(self) -> str:
        """`2 changed, 1 does not hold`."""
        statuses = [outcome.status for outcome in self.outcomes]
        counted = {each: statuses.count(each) for each in (*WORST_FIRST, Status.UNCHANGED)}
        said = ", ".join(f"{count} {status}" for status, count in counted.items() if count)
        return said or "no blueprint is touched"

    @property
    def exit_code(self) -> int:
        """2 where one does not hold, 3 where nothing is known of one, 1 for findings."""
        statuses = {outcome.status for outcome in self.outcomes}
        if Status.BROKEN in statuses:
            return 2
        if Status.FAILED in statuses:
            return 3
        return 1 if any(map(self.finds, self.outcomes)) else 0
