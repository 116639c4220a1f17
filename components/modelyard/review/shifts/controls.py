"""Which controls of the blueprint's compliance profiles are lost or gained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from modelyard.catalog.controls import Control, profiles
from modelyard.catalog.policies import rule_texts
from modelyard.review.grant import listed
from modelyard.review.shifts.shift import CONTROLS, Shift

if TYPE_CHECKING:
    from modelyard.policies.verdict import Verdict

BROKEN, UNTESTED, WAIVED, KEPT = "broken", "not looked at", "waived", "kept"
_STATES = (BROKEN, UNTESTED, WAIVED, KEPT)
"""From the worst. `not looked at`: no rule that is about it finds a resource here."""


def states(chosen: Sequence[str], verdict: Verdict) -> Mapping[Control, str]:
    """How each control of the profiles is held, by the rules that are about it."""
    failed = {each.rule.id for each in verdict.failed}
    waived = {each.rule.id for each in verdict.waived}
    found: dict[Control, str] = {}
    for control in (c for profile in chosen for c in profiles()[profile].controls):
        rules = {id for id in verdict.kept if control in rule_texts()[id].controls}
        kept = KEPT if rules else UNTESTED
        found[control] = BROKEN if rules & failed else WAIVED if rules & waived else kept
    return found


def shifts(
    old: Sequence[str], new: Sequence[str], before: Verdict, after: Verdict
) -> Iterator[Shift]:
    """Profiles that come or go, and controls of the others that are held in another way."""
    for profile in (each for each in new if each not in old):
        told = _counted(states([profile], after))
        yield Shift(CONTROLS, profile, f"is asked for: {told}", looser=False, after={profile: told})
    for profile in (each for each in old if each not in new):
        told = _counted(states([profile], before))
        what = f"is no longer asked for: {told}"
        yield Shift(CONTROLS, profile, what, looser=True, before={profile: told})
    both = [profile for profile in new if profile in old]
    was, now = states(both, before), states(both, after)
    for control in (each for each in now if was[each] != now[each]):
        yield _held_otherwise(control, was[control], now[control])


def _counted(found: Mapping[Control, str]) -> str:
    counts = Counter(found.values())
    return listed([f"{counts[state]} {state}" for state in reversed(_STATES) if counts[state]])


def _held_otherwise(control: Control, was: str, now: str) -> Shift:
    what = f"{control.id} ({control.title}): {was} -> {now}"
    looser = _STATES.index(now) < _STATES.index(was)
    sides = ({"id": control.id, "state": state} for state in (was, now))
    return Shift(CONTROLS, control.profile, what, looser, *sides)
