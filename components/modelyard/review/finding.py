"""Something that is wrong: with a resource, the blueprint, or what a change would lose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import Severity
from modelyard.catalog.policies import Level

if TYPE_CHECKING:
    from modelyard.blueprint.errors import Location, Problem
    from modelyard.policies.settings import Exemption
    from modelyard.policies.verdict import Broken
    from modelyard.review.replacing import Changed

POLICIES = "policies"
"""The source of what a rule of this package finds; Checkov's are its checks."""
BLUEPRINT = "blueprint"
"""Subject and source of what is wrong with the blueprint itself."""
NEW, UNCHANGED = "new", "unchanged"
_SEVERITIES = {Severity.ERROR: Level.MANDATORY, Severity.WARNING: Level.ADVISORY}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, with whom or what it is wrong with."""

    subject: str
    """The rule that is broken, or Checkov's check where no rule is about it; `blueprint`,
    `stateful-replace` or `stateful-delete`."""
    level: Level
    urn: str | None
    """None of what is not about a resource."""
    name: str
    """The resource's logical name, or the path in the blueprint."""
    what: str
    next: str
    sources: tuple[str, ...]
    reason: str | None = None
    """Why it is right all the same."""
    until: str | None = None
    where: Location | None = None
    """The entry of the blueprint that it comes from, as far as that is known."""
    state: str | None = None
    """Of a diff: `new` or `unchanged`."""

    @property
    def waived(self) -> bool:
        return self.reason is not None

    @property
    def blocks(self) -> bool:
        """Does it stop what was asked for?"""
        return self.level is Level.MANDATORY and not self.waived

    def json(self) -> Mapping[str, Any]:
        """For machines; the keys are a contract."""
        keys = ("subject", "urn", "name", "what", "next", "reason", "until")
        found = {key: getattr(self, key) for key in keys}
        where = str(self.where) if self.where else None
        level, sources = str(self.level), list(self.sources)
        return {**found, "level": level, "sources": sources, "where": where}


def of_rule(broken: Broken, where: Location | None = None, state: str | None = None) -> Finding:
    """A rule that a resource breaks."""
    reason, until = waiver_of(broken.exemption)
    return Finding(
        subject=broken.rule.id,
        level=broken.held.level,
        urn=broken.resource.urn,
        name=broken.resource.name,
        what="; ".join(broken.what),
        next=broken.rule.fix,
        sources=(POLICIES,),
        reason=reason,
        until=until,
        where=where,
        state=state,
    )


def waiver_of(exemption: Exemption | None) -> tuple[str | None, str | None]:
    """Why something is right all the same, and until when."""
    if exemption is None:
        return None, None
    return exemption.waiver.reason, exemption.waiver.until.isoformat()


def of_problem(problem: Problem) -> Finding:
    """Something that is wrong, or doubtful, in a blueprint."""
    allowed = f"; allowed: {', '.join(problem.allowed)}" if problem.allowed else ""
    near = f"; did you mean '{problem.nearest}'?" if problem.nearest else ""
    return Finding(
        subject=BLUEPRINT,
        level=_SEVERITIES[problem.severity],
        urn=None,
        name=problem.path,
        what=f"{problem.what}{allowed}{near}",
        next=problem.next,
        sources=(BLUEPRINT,),
        where=problem.where,
    )


def of_loss(lost: Changed, where: Location | None) -> Finding:
    """What keeps data and would be replaced or deleted."""
    asked = f": only a new one can have another {', '.join(lost.because)}" if lost.because else ""
    return Finding(
        subject=f"stateful-{lost.verb}",
        level=Level.MANDATORY,
        urn=lost.change.urn,
        name=lost.change.name,
        what=f"it keeps data and would be {lost.verb}d{asked}; {lost.blast or 'nothing is known'}",
        next="leave it as it is, or say --allow-stateful once its data are kept elsewhere",
        sources=("diff",),
        where=where,
        state=NEW,
    )


def by_subject(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """What is said of the same, or waived for the same reason, in the order it comes in."""
    groups: dict[tuple[str, str | None], list[Finding]] = {}
    for each in findings:
        groups.setdefault((each.subject, each.reason), []).append(each)
    yield from groups.values()
