"""Judges resources by the rules: what keeps them, what breaks them, what is waived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from modelyard.blueprint.errors import Problem, nearest
from modelyard.catalog.policies import Level, RuleText, rule_texts
from modelyard.policies import rules
from modelyard.policies.rule import Rule, Seen, Stack
from modelyard.policies.settings import Exemption, Held, Settings, matches


@dataclass(frozen=True)
class Broken:
    """A rule that a resource breaks."""

    rule: RuleText
    held: Held
    resource: Seen
    what: tuple[str, ...]
    exemption: Exemption | None = None

    @property
    def blocks(self) -> bool:
        """Does it stop what was asked for?"""
        return self.held.level is Level.MANDATORY and self.exemption is None


@dataclass(frozen=True)
class Verdict:
    """What the rules say of a stack."""

    kept: Mapping[str, int]
    """How many resources keep a rule, by its id; every rule that was looked at."""
    failed: tuple[Broken, ...]
    """The mandatory before the advisory."""
    waived: tuple[Broken, ...]
    off: Mapping[str, str]
    """Rules that are not looked at, with who says so."""
    problems: tuple[Problem, ...]
    """Warnings about waivers and about what organisations say."""

    @property
    def blocks(self) -> bool:
        """Is a mandatory rule broken, without a waiver?"""
        return any(broken.blocks for broken in self.failed)


def judge(resources: Iterable[Seen], settings: Settings) -> Verdict:
    """Judge all resources of a stack; what is only read and not made is its owner's."""
    stack = Stack(each for each in resources if not getattr(each, "external", False))
    off = {id: held.by for id, held in settings.held.items() if held.level is Level.OFF}
    judged = {id: rule for id, rule in rules().items() if id not in off}
    broken = [b for rule in judged.values() for b in _broken(rule, stack, settings)]
    counted = {id: len(stack.of_type(*rule.types)) for id, rule in judged.items()}
    for each in broken:
        counted[each.rule.id] -= 1
    failed = sorted((b for b in broken if not b.exemption), key=lambda b: not b.blocks)
    return Verdict(
        kept={id: count for id, count in counted.items() if stack.of_type(*judged[id].types)},
        failed=tuple(failed),
        waived=tuple(b for b in broken if b.exemption),
        off=off,
        problems=(*settings.problems, *_idle(settings, broken, stack)),
    )


def _broken(rule: Rule, stack: Stack, settings: Settings) -> Iterator[Broken]:
    for resource in stack.of_type(*rule.types):
        if what := rule(resource, stack):
            exemption = next((e for e in settings.exemptions if e.covers(rule.id, resource)), None)
            held, text = settings.held[rule.id], rule_texts()[rule.id]
            yield Broken(text, held, resource, tuple(dict.fromkeys(what)), exemption)


def _idle(settings: Settings, broken: list[Broken], stack: Stack) -> Iterator[Problem]:
    """A team's waivers that nothing needs. An organisation's are for many platforms."""
    used = {id(each.exemption) for each in broken}
    for exemption in settings.exemptions:
        if exemption.said.of_team and id(exemption) not in used:
            yield _idle_problem(exemption, settings, stack)


def _idle_problem(exemption: Exemption, settings: Settings, stack: Stack) -> Problem:
    rule, pattern = exemption.waiver.rule, exemption.waiver.resource
    then = "remove the waiver, or mend its pattern"
    if settings.held[rule].level is Level.OFF:
        return exemption.problem(f"{rule} is off: there is nothing to waive", then)
    resources = stack.of_type(*rules()[rule].types)
    if any(matches(pattern, resource) for resource in resources):
        return exemption.problem(f"all that '{pattern}' means keeps {rule}", then)
    names = [_as_in(pattern, resource) for resource in resources]
    what = f"'{pattern}' means no resource that {rule} is about"
    return exemption.problem(what, then, nearest(pattern, names))


def _as_in(pattern: str, resource: Seen) -> str:
    return f"{resource.type}::{resource.name}" if "::" in pattern else resource.name
