"""What a blueprint says of rules over resources: rules that exist, waivers that have not ended."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.policies import Policies


def policies(blueprint: Blueprint) -> Findings:
    """The section `policies`, where there is one: the rules' sheet takes time to read."""
    if blueprint.policies is None:
        return
    for found in findings(blueprint.policies):
        yield Finding(
            ("policies", *found.path),
            found.what,
            found.next,
            found.allowed,
            found.severity,
            found.written,
        )


def findings(said: Policies) -> Findings:
    """The same of any such section; paths are inside of it."""
    yield from _rules(said)
    for i, waiver in enumerate(said.waivers):
        if waiver.until < date.today():
            what = f"the waiver of {waiver.rule} ended on {waiver.until}, and counts no more"
            next = "mend what it was for, or look at the reason again and set a later day"
            yield Finding(("waivers", i, "until"), what, next, severity="warning")


def _rules(said: Policies) -> Findings:
    from modelyard.catalog.policies import rule_texts

    known = tuple(rule_texts())
    then = "docs/policies.md lists them all"
    for id in said.levels:
        if id not in known:
            what = f"there is no rule '{id}'"
            yield Finding(("levels", id), what, then, known, written=id)
    for i, waiver in enumerate(said.waivers):
        if waiver.rule not in known:
            what = f"there is no rule '{waiver.rule}'"
            yield Finding(("waivers", i, "rule"), what, then, known)


RULES = (policies,)
