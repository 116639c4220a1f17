"""What the rules say of resources, as tables and for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from modelyard.review.table import Table

if TYPE_CHECKING:
    from modelyard.policies.verdict import Broken, Verdict

_SHOWN = 3
"""Resources of one rule that are named; the JSON has all of them."""


def json(verdict: Verdict) -> Mapping[str, Any]:
    """For machines; the keys are a contract."""
    return {
        "blocks": verdict.blocks,
        "passed": dict(verdict.kept),
        "failed": [broken_json(each) for each in verdict.failed],
        "waived": [{**broken_json(each), **_waiver(each)} for each in verdict.waived],
        "off": dict(verdict.off),
    }


def tables(verdict: Verdict) -> Iterator[Table]:
    """Counts by group of rules; then what is broken, and what is waived."""
    yield _groups(verdict)
    if verdict.failed:
        rows = tuple(_failed_row(group) for group in by_rule(verdict.failed))
        columns = ("level", "rule", "where, what, and what to do")
        yield Table("Broken policies", columns, rows)
    if verdict.waived:
        rows = tuple(_waived_row(each) for each in verdict.waived)
        columns = ("rule", "until", "where, and why")
        yield Table("Waived policies", columns, rows)


def by_rule(broken: Iterable[Broken]) -> Iterator[list[Broken]]:
    """What breaks the same rule belongs together."""
    groups: dict[str, list[Broken]] = {}
    for each in broken:
        groups.setdefault(each.rule.id, []).append(each)
    yield from groups.values()


def _groups(verdict: Verdict) -> Table:
    failed, waived = _ids(verdict.failed), _ids(verdict.waived)
    groups = dict.fromkeys(_group(id) for id in verdict.kept)
    rows = tuple(_group_row(group, verdict.kept, failed, waived) for group in groups)
    columns = ("policies about", "kept", "broken", "waived")
    return Table("Policies", columns, rows, _note(verdict), numbers=(1, 2, 3), wrap=0)


def _group_row(
    group: str, kept: Mapping[str, int], failed: set[str], waived: set[str]
) -> tuple[str, ...]:
    ids = {id for id in kept if _group(id) == group}
    whole = ids - failed - waived
    return (group, *(str(len(found) or "") for found in (whole, ids & failed, ids & waived)))


def _note(verdict: Verdict) -> str:
    blocking = len(_ids(each for each in verdict.failed if each.blocks))
    parts = [
        f"{len(verdict.kept)} rules over {sum(verdict.kept.values())} resources that keep them"
    ]
    if blocking:
        parts.append(f"{blocking} mandatory {'one is' if blocking == 1 else 'ones are'} broken")
    parts += [f"{id} is off by {by}" for id, by in verdict.off.items()]
    return "; ".join(parts)


def _group(id: str) -> str:
    return id.partition("-")[0]


def _ids(broken: Iterable[Broken]) -> set[str]:
    return {each.rule.id for each in broken}


def _failed_row(group: list[Broken]) -> tuple[str, ...]:
    first = group[0]
    where = named([broken.resource.name for broken in group])
    said = f"{where}: {first.what[0]}. Next: {first.rule.fix}"
    return (str(first.held.level), first.rule.id, said)


def named(names: list[str]) -> str:
    """`a, b, c and 4 more`."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _waived_row(broken: Broken) -> tuple[str, ...]:
    assert broken.exemption is not None
    waiver = broken.exemption.waiver
    why = f"{broken.resource.name}: {waiver.reason}"
    return (broken.rule.id, waiver.until.isoformat(), why)


def broken_json(broken: Broken) -> Mapping[str, Any]:
    """One rule that one resource breaks."""
    return {
        "rule": broken.rule.id,
        "title": broken.rule.title,
        "level": str(broken.held.level),
        "by": broken.held.by,
        "urn": broken.resource.urn,
        "type": broken.resource.type,
        "name": broken.resource.name,
        "what": list(broken.what),
        "why": broken.rule.why,
        "fix": broken.rule.fix,
        "controls": [control.id for control in broken.rule.controls],
    }


def _waiver(broken: Broken) -> Mapping[str, Any]:
    assert broken.exemption is not None
    waiver, said = broken.exemption.waiver, broken.exemption.said
    return {"reason": waiver.reason, "until": waiver.until.isoformat(), "waived_by": said.by}
