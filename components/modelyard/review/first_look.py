"""The facts that stand at the head of a plan's report, and of a diff's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.review import changes
from modelyard.review.fact import Fact, Tone, dollars
from modelyard.review.sections import counted

if TYPE_CHECKING:
    from modelyard.review.diff import Diff
    from modelyard.review.report import Report


def facts_of_plan(report: Report) -> tuple[Fact, ...]:
    """Cost, policies, ways in, data and resources."""
    return tuple(filter(None, (_cost(report), _policies(report), *_sections(report))))


def facts_of_diff(diff: Diff) -> tuple[Fact, ...]:
    """What changes, what would be lost, what it costs, and what it breaks."""
    summary = changes.summary(each.change for each in diff.resources)
    stay = f"{diff.unchanged} stay as they are"
    return (
        Fact("Changes", summary or "nothing to change", stay),
        _lost(diff),
        _cost_change(diff),
        _broken(diff),
    )


def _cost(report: Report) -> Fact:
    cost, budget = report.plan.cost, report.plan.blueprint.budget
    parts = [f"of a budget of ${budget.monthly_usd:,.0f}"] if budget else []
    parts += [f"{len(cost.unpriced)} without a price"] if cost.unpriced else []
    tone = Tone.PLAIN
    if budget:
        over = cost.monthly.maximum > budget.monthly_usd
        tone = Tone.BAD if cost.monthly.minimum > budget.monthly_usd else tone
        tone = Tone.WARNING if over and tone is Tone.PLAIN else tone
    figure = dollars(cost.monthly) if cost.items else "no price"
    return Fact("Cost a month", figure, "; ".join(parts), tone)


def _policies(report: Report) -> Fact | None:
    verdict = report.policies
    if verdict is None:
        return None
    broken = {each.rule.id: each.blocks for each in verdict.failed}
    blocking, advice = sum(broken.values()), sum(not each for each in broken.values())
    waived = {each.rule.id for each in verdict.waived} - set(broken)
    more = f"{len(verdict.kept) - len(broken) - len(waived)} kept, {len(waived)} waived"
    counts = [f"{blocking} mandatory"] if blocking else []
    counts += [f"{advice} advisory"] if advice else []
    figure = f"{', '.join(counts)} broken" if broken else "none broken"
    tone = Tone.BAD if blocking else Tone.WARNING if advice else Tone.GOOD
    return Fact("Policies", figure, more, tone)


def _sections(report: Report) -> Iterator[Fact]:
    found = report.sections
    public = sum(way.public for way in found.exposure)
    asked = sum(way.open for way in found.exposure)
    tone = Tone.WARNING if public or asked else Tone.PLAIN
    figure = f"{public} from the internet"
    yield Fact("Ways in", figure, f"{len(found.exposure)} in all, {asked} ask nobody's name", tone)
    tone = Tone.BAD if found.abroad else Tone.PLAIN
    more = f"{len(found.abroad)} outside of residency" if found.abroad else ""
    yield Fact("Data", f"rest in {counted(len(found.stores), 'store')}", more, tone)
    managed = [each for each in report.graph if each.custom and not each.external]
    protected = f"{sum(each.protect for each in managed)} protected from destruction"
    yield Fact("Resources", str(len(managed)), protected)


def _lost(diff: Diff) -> Fact:
    lost, doubtful = len(diff.lost), len(diff.doubtful)
    protected = sum(each.change.protected for each in diff.lost)
    parts = [f"{protected} protected: the engine will refuse"] if protected else []
    parts += [f"{doubtful} more may be replaced, or change with what is"] if doubtful else []
    figure = f"{counted(lost, 'resource')} would lose them" if lost else "nothing is surely lost"
    if not (lost or doubtful):
        figure = "nothing is lost"
    tone = Tone.BAD if lost else Tone.WARNING if doubtful else Tone.GOOD
    return Fact("Data", figure, "; ".join(parts), tone)


def _cost_change(diff: Diff) -> Fact:
    before, after = diff.cost.totals
    if after is None:
        return Fact("Cost a month", "not known")
    more = f"{dollars(before)} before" if before else ""
    rises = before is not None and after.maximum > before.maximum + 1
    return Fact("Cost a month", dollars(after), more, Tone.WARNING if rises else Tone.PLAIN)


def _broken(diff: Diff) -> Fact:
    failed = {each.rule.id: each.blocks for each in diff.policies.failed}
    passed = {each.rule.id for each in diff.policies.passed}
    tone = Tone.BAD if any(failed.values()) else Tone.WARNING if failed else Tone.GOOD
    figure = f"{len(failed)} newly broken" if failed else "nothing newly broken"
    return Fact("Policies", figure, f"{len(passed)} newly kept" if passed else "", tone)
