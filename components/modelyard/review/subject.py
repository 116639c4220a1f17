"""What a finding is about, in words that hold wherever it is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.catalog.policies import Level, rule_texts
from modelyard.review.finding import BLUEPRINT

if TYPE_CHECKING:
    from modelyard.review.finding import Finding

_REPOSITORY = "https://github.com/modelyard/modelyard"
_DOCS = f"{_REPOSITORY}/blob/main/docs"


@dataclass(frozen=True)
class Subject:
    """A rule, a check, or what a blueprint or a change is held against."""

    id: str
    title: str
    why: str = ""
    fix: str = ""
    page: str = _REPOSITORY
    level: Level = Level.ADVISORY
    tags: tuple[str, ...] = ()
    """Its group, and the controls that ask for it."""


_OWN = {
    BLUEPRINT: Subject(
        BLUEPRINT,
        "The blueprint can stand",
        "What is wrong with a blueprint is found before a cloud is asked.",
        "Each finding says what is allowed and what to do next.",
        f"{_DOCS}/checks.md",
        Level.MANDATORY,
        (BLUEPRINT,),
    ),
    **{
        f"stateful-{verb}": Subject(
            f"stateful-{verb}",
            f"Nothing that keeps data is {verb}d",
            "Data that are only there are lost with the resource.",
            "Leave it as it is, or keep its data elsewhere and say --allow-stateful.",
            f"{_DOCS}/diff.md",
            Level.MANDATORY,
            ("stateful",),
        )
        for verb in ("replace", "delete")
    },
}


def subject_of(id: str, example: Finding | None = None) -> Subject:
    """What is known of a subject; Checkov's check has the words of what it found."""
    if own := _OWN.get(id):
        return own
    if text := rule_texts().get(id):
        tags = (text.group, *(control.id for control in text.controls))
        page = f"{_DOCS}/policies.md"
        return Subject(id, text.title, text.why, text.fix, page, text.level, tags)
    return Subject(id, example.what if example else id, tags=("checkov",))
