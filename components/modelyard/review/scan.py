"""One list of what policies and Checkov find: what both find of one resource is said once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import NotReadyError
from modelyard.catalog.checkov import waivers
from modelyard.catalog.policies import Level, rule_texts
from modelyard.recorder.values import plain
from modelyard.review.checkov import Command, Failed, Scanned, scan_manifests, scan_plans
from modelyard.review.finding import Finding, by_subject, of_rule, waiver_of
from modelyard.review.manifests import is_object
from modelyard.review.policies import named
from modelyard.review.table import Table
from modelyard.review.terraform import terraform_plan
from modelyard.review.terraform.plan_json import addresses

if TYPE_CHECKING:
    from modelyard.blueprint.errors import Location
    from modelyard.policies.settings import Settings
    from modelyard.policies.verdict import Verdict
    from modelyard.recorder import Graph, Resource

ENVIRONMENT = Path(".checkov") / "bin" / "checkov"
"""Where `make test-checkov` puts it."""
NAMED_BY = "MODELYARD_CHECKOV"


@dataclass(frozen=True)
class Scan:
    """What was found of one platform."""

    items: tuple[Finding, ...]
    """What stops first, what is waived last."""
    asked: tuple[str, ...]
    """The rules that looked at something."""
    checks: int
    """How many checks of Checkov something passed."""

    @property
    def open(self) -> tuple[Finding, ...]:
        """What nobody has waived."""
        return tuple(item for item in self.items if item.reason is None)

    @property
    def blocks(self) -> bool:
        return any(item.blocks for item in self.items)

    def json(self) -> Mapping[str, Any]:
        """For machines; the keys are a contract."""
        return {
            "blocks": self.blocks,
            "rules": len(self.asked),
            "checks_passed": self.checks,
            "findings": [item.json() for item in self.items],
        }


def checkov_command(given: Command | None = None) -> Command:
    """Checkov's command: the one that is named, or that of this folder, or that on PATH.

    Raises NotReadyError if there is none.
    """
    named = given or os.environ.get(NAMED_BY)
    if named:
        return named
    if ENVIRONMENT.exists():
        return ENVIRONMENT.resolve()
    if found := shutil.which("checkov"):
        return found
    raise NotReadyError(
        "there is no Checkov here. Next: `uv tool install checkov`, name one by --checkov or "
        f"{NAMED_BY}, or add --without-checkov"
    )


def scanned(command: Command, graph: Graph) -> tuple[Scanned, ...]:
    """What Checkov says of a graph: of its cloud resources, and of its Kubernetes objects."""
    found: list[Scanned] = []
    if addresses(graph):
        found.append(scan_plans(command, {"plan": terraform_plan(graph)})["plan"])
    if objects := [plain(dict(each.inputs)) for each in graph if is_object(each)]:
        found.append(scan_manifests(command, {"objects": objects})["objects"])
    return tuple(found)


def merged(
    graph: Graph,
    verdict: Verdict,
    settings: Settings,
    found: Iterable[Scanned],
    place: Callable[[str | None], Location | None] = lambda urn: None,
) -> Scan:
    """One list of both; `place` tells by its URN where in the blueprint a resource comes from."""
    found = tuple(found)
    known = _Known(graph, settings)
    items: dict[tuple[str, str], Finding] = {}
    for broken in (*verdict.failed, *verdict.waived):
        items[broken.rule.id, broken.resource.urn] = of_rule(broken)
    for failed in (failed for each in found for failed in each.failed):
        if item := known.item(failed):
            key = (item.subject, item.urn or item.name)
            items[key] = _both(items[key], item) if key in items else item
    placed = (replace(item, where=place(item.urn)) for item in items.values())
    ordered = tuple(sorted(placed, key=_rank))
    return Scan(ordered, tuple(verdict.kept), sum(each.passed for each in found))


def _rank(item: Finding) -> tuple[bool, bool, str, str]:
    return (item.reason is not None, not item.blocks, item.subject, item.name)


def _both(ours: Finding, theirs: Finding) -> Finding:
    """A rule's own words, and both sources. Only what waives the rule waives it."""
    return replace(ours, sources=tuple(dict.fromkeys((*ours.sources, *theirs.sources))))


class _Known:
    """What is known of Checkov's findings: whose resource, which rule, which waiver."""

    def __init__(self, graph: Graph, settings: Settings) -> None:
        self._settings = settings
        self._subjects = {check: text for text in rule_texts().values() for check in text.checkov}
        self._resources: dict[str, Resource] = {
            address: graph[urn] for urn, address in addresses(graph).items()
        }
        for resource in graph:
            if is_object(resource):
                self._resources.setdefault(_address(resource), resource)

    def item(self, failed: Failed) -> Finding | None:
        """A finding in this package's words; None where its rule is off."""
        text = self._subjects.get(failed.check)
        resource = self._resources.get(failed.address)
        # A check without a rule is nobody's law here.
        level = self._settings.held[text.id].level if text else Level.ADVISORY
        if level is Level.OFF:
            return None
        reason, until = self._reason(failed, text.id if text else None, resource)
        return Finding(
            subject=text.id if text else failed.check,
            level=level,
            urn=resource.urn if resource else None,
            name=resource.name if resource else failed.address,
            what=failed.title,
            next=text.fix if text else "",
            sources=(failed.check,),
            reason=reason,
            until=until,
        )

    def _reason(
        self, failed: Failed, rule: str | None, resource: Resource | None
    ) -> tuple[str | None, str | None]:
        """A waiver of the blueprint's or the organisation's; else one of this package's own."""
        if rule and resource:
            covering = (e for e in self._settings.exemptions if e.covers(rule, resource))
            if exemption := next(covering, None):
                return waiver_of(exemption)
        own = (waiver for waiver in waivers() if waiver.covers(failed.check, failed.address))
        found = next(own, None)
        return (found.reason if found else None), None


def _address(resource: Resource) -> str:
    """What Checkov calls an object: `Deployment.fraud-production.fraud-scorer`."""
    metadata = resource.inputs.get("metadata", {})
    parts = (
        resource.inputs.get("kind"),
        metadata.get("namespace", "default"),
        metadata.get("name"),
    )
    return ".".join(str(part) for part in parts)


def tables(scan: Scan) -> Iterator[Table]:
    """What is found, one row for each subject; then what is waived."""
    waived = [item for item in scan.items if item.reason is not None]
    note = (
        f"{len(scan.open)} findings, {len(waived)} waived; {len(scan.asked)} rules were asked, "
        f"and {scan.checks} checks of Checkov passed"
    )
    rows = tuple(_row(group) for group in by_subject(scan.open))
    yield Table("Findings", ("level", "subject", "found by", "where, and what"), rows, note)
    if waived:
        rows = tuple(_waived_row(group) for group in by_subject(waived))
        yield Table("Waived", ("subject", "until", "where, and why"), rows)


def _row(group: list[Finding]) -> tuple[str, ...]:
    first = group[0]
    sources = dict.fromkeys(source for item in group for source in item.sources)
    next = f". Next: {first.next}" if first.next else ""
    said = f"{named([item.name for item in group])}: {first.what}{next}"
    return (str(first.level), first.subject, ", ".join(sources), said)


def _waived_row(group: list[Finding]) -> tuple[str, ...]:
    first = group[0]
    said = f"{named([item.name for item in group])}: {first.reason}"
    return (first.subject, first.until or "", " ".join(said.split()))
