"""Whether who is logged in may do what `up` does, as IAM's own simulator tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.catalog.sheet import rows
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.aws.names import partition
from modelyard.sites.aws.preflight.planned import of_type, texts
from modelyard.sites.aws.preflight.question import Question

if TYPE_CHECKING:
    from modelyard.sites.aws.preflight.asking import Asking
    from modelyard.sites.aws.preflight.planned import AwsPreflightArgs

TOPIC = "permission"
_ASSUMED = ":assumed-role/"


@cache
def actions() -> Mapping[str, Mapping[str, Any]]:
    """What is asked for each planned type."""
    return rows(Path(__file__).with_name("actions.yaml"), "types")


def questions(asking: Asking, args: AwsPreflightArgs) -> Iterator[Question]:
    """One for each type of resource that is planned."""
    for token, row in actions().items():
        if resource := _resource(args, token, row):
            asked = ", ".join(row["actions"])
            ask = partial(_answer, asking, asked, tuple(row["actions"]), resource)
            yield Question(TOPIC, asked, ask)


def _resource(args: AwsPreflightArgs, token: str, row: Mapping[str, Any]) -> str | None:
    """What the actions are asked of; None where nothing of the type is planned."""
    items = list(of_type(args, token))
    name = next(texts(items, row["input"]), "*")
    site = args.site
    place = {"partition": partition(site.region), "region": site.region, "account": site.account}
    return row["resource"].format(**place, name=name) if items else None


def _answer(asking: Asking, asked: str, wanted: Sequence[str], resource: str) -> Iterator[Answer]:
    who = _principal(asking)
    if who is None:
        yield Answer(TOPIC, asked, Verdict.UNKNOWN, "IAM cannot simulate this kind of identity")
        return
    results = asking.pages(
        "iam",
        "simulate_principal_policy",
        "EvaluationResults",
        PolicySourceArn=who,
        ActionNames=list(wanted),
        ResourceArns=[resource],
    )
    refused = [each for each in results if each["EvalDecision"] != "allowed"]
    if not refused:
        yield Answer(TOPIC, asked, Verdict.OK, "allowed")
        return
    yield _refused(asked, refused, resource, who)


def _refused(asked: str, refused: Sequence[Mapping[str, Any]], resource: str, who: str) -> Answer:
    """A condition on what only the real call brings, such as a tag, leaves it open."""
    names = ", ".join(each["EvalActionName"] for each in refused)
    missing = sorted({key for each in refused for key in each.get("MissingContextValues", ())})
    if missing:
        found = f"{names}: depends on {', '.join(missing)}"
        return Answer(TOPIC, asked, Verdict.UNKNOWN, found, f"on {resource}")
    found = f"{names}: not allowed{_by_organisation(refused)}"
    next = f"let {who} do it on {resource}"
    return Answer(TOPIC, asked, Verdict.FAILED, found, f"on {resource}", next)


def _by_organisation(refused: Sequence[Mapping[str, Any]]) -> str:
    details = (each.get("OrganizationsDecisionDetail", {}) for each in refused)
    allowed = all(detail.get("AllowedByOrganizations", True) for detail in details)
    return "" if allowed else " by the organisation's policies"


def _principal(asking: Asking) -> str | None:
    """The user or role whose policies count; a session is one of its role's."""
    arn = asking.call("sts", "get_caller_identity")["Arn"]
    if _ASSUMED in arn:
        name = arn.partition(_ASSUMED)[2].split("/")[0]
        return asking.call("iam", "get_role", RoleName=name)["Role"]["Arn"]
    return arn if ":user/" in arn or ":role/" in arn else None
