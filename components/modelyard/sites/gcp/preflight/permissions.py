"""Whether who is logged in may do what `up` does, as Resource Manager tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.catalog.sheet import content
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.gcp.preflight.question import Question

if TYPE_CHECKING:
    from modelyard.sites.gcp.preflight.account import Caller
    from modelyard.sites.gcp.preflight.asking import Asking
    from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs

TOPIC = "permission"
OF_ORGANISATIONS = ("roles/orgpolicy.policyAdmin",)
"""Roles that are given in an organisation alone, though projects are asked for what is in them."""


@cache
def permissions() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """By planned type: roles, and what of each is needed."""
    return content(Path(__file__).with_name("permissions.yaml"))["types"]


def questions(asking: Asking, args: GcpPreflightArgs, who: Caller) -> Iterator[Question]:
    """One for each role that what is planned takes."""
    for role, wanted in _wanted(args).items():
        ask = partial(_answer, asking, role, wanted, _grant(args, who, role))
        yield Question(TOPIC, role, asking.project, ask)


def _wanted(args: GcpPreflightArgs) -> Mapping[str, Sequence[str]]:
    """By role, what all planned resources need of it."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for token in {item.type: None for item in args.expected}:
        for role, names in permissions().get(token, {}).items():
            found[role].update(dict.fromkeys(names))
    return {role: sorted(names) for role, names in sorted(found.items())}


def _grant(args: GcpPreflightArgs, who: Caller, role: str) -> str:
    """The command that gives a role to who is logged in."""
    site = args.site
    place = f"projects add-iam-policy-binding {site.project}"
    if role in OF_ORGANISATIONS:
        place = f"organizations add-iam-policy-binding {site.organization or 'ORGANIZATION'}"
    return f"gcloud {place} --member={who.member} --role={role}"


def _answer(asking: Asking, role: str, wanted: Sequence[str], grant: str) -> Iterator[Answer]:
    told = asking.call(
        "cloudresourcemanager.projects.testIamPermissions",
        resource=asking.project,
        body={"permissions": list(wanted)},
    )
    missing = [each for each in wanted if each not in told.get("permissions", ())]
    if missing:
        found = f"not allowed: {', '.join(missing)}"
        yield Answer(TOPIC, role, Verdict.FAILED, found, next=grant)
    else:
        yield Answer(TOPIC, role, Verdict.OK, f"allowed: {', '.join(wanted)}")
