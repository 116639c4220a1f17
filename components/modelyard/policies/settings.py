"""How strictly each rule is held here, by whose word, and what is waived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.policies import findings
from modelyard.blueprint.errors import BlueprintError, Problem, Severity
from modelyard.blueprint.loading import problem_of
from modelyard.blueprint.loading.document import Document
from modelyard.blueprint.policies import Policies, Waiver
from modelyard.catalog.policies import STRICTNESS, Level, rule_texts

if TYPE_CHECKING:
    from modelyard.policies.rule import Seen

DEFAULT = "default"
"""Who decides where nobody says anything."""
BLUEPRINT = "blueprint"


@dataclass(frozen=True)
class Said:
    """What one file says of rules, with where it says so."""

    by: str
    """The file's name, or `blueprint`."""
    policies: Policies
    document: Document
    at: tuple[str, ...] = ()
    """Where in the document the section stands."""

    @property
    def of_team(self) -> bool:
        return self.by == BLUEPRINT


@dataclass(frozen=True)
class Held:
    """How one rule is held, and who says so."""

    level: Level
    by: str


@dataclass(frozen=True)
class Exemption:
    """A waiver that counts today."""

    waiver: Waiver
    said: Said
    index: int

    def covers(self, rule: str, resource: Seen) -> bool:
        return rule == self.waiver.rule and matches(self.waiver.resource, resource)

    def problem(self, what: str, then: str, nearest: str | None = None) -> Problem:
        """A warning at the place where the waiver stands."""
        path = (*self.said.at, "waivers", self.index)
        where, dotted = self.said.document.locate(path), self.said.document.dotted(path)
        return Problem(where, dotted, what, (), nearest, then, Severity.WARNING)


@dataclass(frozen=True)
class Settings:
    """All that is said of rules, taken together."""

    held: Mapping[str, Held]
    exemptions: tuple[Exemption, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Warnings about what organisations say; a blueprint's own are found when it is checked."""


def matches(pattern: str, resource: Seen) -> bool:
    """Does a waiver's pattern mean this resource?"""
    name = f"{resource.type}::{resource.name}" if "::" in pattern else resource.name
    return fnmatchcase(name, pattern)


def settle(said: Iterable[Said] = (), today: date | None = None) -> Settings:
    """What holds, from the outermost file to the blueprint; who comes later may be stricter.

    Raises BlueprintError where an organisation names a rule that is not there, or a blueprint
    loosens what an organisation makes mandatory.
    """
    said, today = tuple(said), today or date.today()
    problems = objections(said)
    held = {id: Held(text.level, DEFAULT) for id, text in rule_texts().items()}
    for each in said:
        held |= {id: Held(level, each.by) for id, level in each.policies.levels.items()}
    return Settings(held, tuple(_exemptions(said, today)), problems)


def objections(said: tuple[Said, ...]) -> tuple[Problem, ...]:
    """The warnings of `settle`, which raises as this does; the rules' sheet takes time to read."""
    problems = [problem for each in said if not each.of_team for problem in _wrong(each)]
    problems += _loosened(said)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise BlueprintError(problems)
    return tuple(problems)


def _wrong(said: Said) -> Iterator[Problem]:
    return (problem_of(found, said.document) for found in findings(said.policies))


def _exemptions(said: Iterable[Said], today: date) -> Iterator[Exemption]:
    for each in said:
        for index, waiver in enumerate(each.policies.waivers):
            if waiver.until >= today:
                yield Exemption(waiver, each, index)


def _loosened(said: tuple[Said, ...]) -> Iterator[Problem]:
    """What is mandatory further out stays so, and only there can it be waived."""
    bound: dict[str, str] = {}
    for each in said:
        for id, level in each.policies.levels.items():
            if id in bound and STRICTNESS.index(level) < STRICTNESS.index(Level.MANDATORY):
                what = f"{id} is mandatory by {bound[id]}, and cannot be {level} here"
                yield _refused(each, ("levels", id), what, bound[id])
        for index, waiver in enumerate(each.policies.waivers):
            if waiver.rule in bound:
                what = f"{waiver.rule} is mandatory by {bound[waiver.rule]}: it is waived there"
                yield _refused(each, ("waivers", index, "rule"), what, bound[waiver.rule])
        bound |= {id: each.by for id, level in each.policies.levels.items() if _binds(level)}


def _binds(level: Level) -> bool:
    return level is Level.MANDATORY


def _refused(said: Said, path: tuple[str | int, ...], what: str, by: str) -> Problem:
    whole = (*said.at, *path)
    where = said.document.locate(whole, key=path[0] == "levels")
    then = f"remove it, or ask those who keep {by} for a waiver"
    return Problem(where, said.document.dotted(whole), what, next=then)
