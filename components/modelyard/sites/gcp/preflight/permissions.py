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


@cache
def permissions() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """By planned type: roles, and what of each is needed."""
    return content(Path(__file__).with_name("permissions.yaml"))["types"]


def questions(asking: Asking, args: GcpPreflightArgs, who: Caller) -> Iterator[Question]:
    """One for each role that what is planned takes."""
    for role, wanted in _wanted(args).items():
        yield Question(TOPIC, role, asking.project, partial(_answer, asking, who, role, wanted))


def _wanted(args: GcpPreflightArgs) -> Mapping[str, Sequence[str]]:
    """By role, what all planned resources need of it."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for token in {item.type: None for item in args.expected}:
        for role, names in permissions().get(token, {}).items():
            found[role].update(dict.fromkeys(names))
    return {role: sorted(names) for role, names in sorted(found.items())}


def _answer(asking: Asking, who: Caller, role: str, wanted: Sequence[str]) -> Iterator[Answer]:
    told = asking.call(
        "cloudresourcemanager.projects.testIamPermissions",
        resource=asking.project,
        body={"permissions": list(wanted)},
    )
    missing = [each for each in wanted if each not in told.get("permissions", ())]
    if not missing:
        yield Answer(TOPIC, role, Verdict.OK, f"allowed: {', '.join(wanted)}")
        return
    command = f"gcloud projects add-iam-policy-binding {asking.project}"
    next = f"{command} --member={who.member} --role={role}"
    yield Answer(TOPIC, role, Verdict.FAILED, f"not allowed: {', '.join(missing)}", next=next)
