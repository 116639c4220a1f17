"""Whether the organisation's policies let the plan be carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.catalog.sheet import rows
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.gcp.preflight.locations import within
from modelyard.sites.gcp.preflight.planned import SERVICE, of_type, texts
from modelyard.sites.gcp.preflight.question import Question

if TYPE_CHECKING:
    from modelyard.sites.gcp.preflight.asking import Asking
    from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs

TOPIC = "policy"
Match = Callable[[str], bool | None]
"""Whether a value of a policy takes in what is planned; None where that is not known."""
Rules = Sequence[Mapping[str, Any]]


@cache
def constraints() -> Mapping[str, Mapping[str, Any]]:
    """Every constraint that is asked for, by name."""
    return rows(Path(__file__).with_name("constraints.yaml"), "constraints")


def questions(asking: Asking, args: GcpPreflightArgs) -> Iterator[Question]:
    """One for all: a project has them all told, or none."""
    asked = "organisation policies"
    yield Question(TOPIC, asked, asking.project, partial(_answers, asking, args))


def _answers(asking: Asking, args: GcpPreflightArgs) -> Iterator[Answer]:
    free: list[str] = []
    for name, row in constraints().items():
        if row["of"] and not any(of_type(args, *row["of"])):
            continue
        answer = _answer(asking, args, name, row)
        if answer.verdict is Verdict.OK and row["effect"] != "ok":
            free.append(name)
        else:
            yield answer
    if free:
        yield Answer(TOPIC, "others", Verdict.OK, f"not in the way: {', '.join(free)}")


def _answer(asking: Asking, args: GcpPreflightArgs, name: str, row: Mapping[str, Any]) -> Answer:
    policy = f"projects/{asking.project}/policies/{name}"
    told = asking.call("orgpolicy.projects.policies.getEffectivePolicy", name=policy)
    rules: Rules = told.get("spec", {}).get("rules", ())
    if row["kind"] == "enforced":
        return _enforced(asking, name, row, rules)
    refused, unsure = _refused(asking, args, row["kind"], rules)
    if refused:
        return _in_the_way(asking, name, row, refused)
    if unsure:
        found = f"it is not known whether it takes in {', '.join(unsure)}"
        return Answer(TOPIC, name, Verdict.UNKNOWN, found, next=_describe(asking, name))
    return Answer(TOPIC, name, Verdict.OK, "allowed")


def _enforced(asking: Asking, name: str, row: Mapping[str, Any], rules: Rules) -> Answer:
    if not any(rule.get("enforce") for rule in rules if not rule.get("condition")):
        return Answer(TOPIC, name, Verdict.OK, "not enforced")
    if row["effect"] == "ok":
        return Answer(TOPIC, name, Verdict.OK, f"enforced, and {row['why']}")
    command = f"gcloud resource-manager org-policies disable-enforce {name}"
    next = f"{command} --project={asking.project}"
    return Answer(TOPIC, name, Verdict(row["effect"]), f"enforced: {row['why']}", next=next)


def _in_the_way(
    asking: Asking, name: str, row: Mapping[str, Any], refused: Sequence[str]
) -> Answer:
    if row["effect"] == "ok":
        return Answer(TOPIC, name, Verdict.OK, f"denied, and {row['why']}")
    values = " ".join(refused) or "VALUE"
    command = f"gcloud resource-manager org-policies allow {name} {values}"
    next = f"{command} --project={asking.project}"
    found = f"{row['why']}: {', '.join(refused)}"
    return Answer(TOPIC, name, Verdict(row["effect"]), found, next=next)


def _refused(
    asking: Asking, args: GcpPreflightArgs, kind: str, rules: Rules
) -> tuple[list[str], list[str]]:
    """What of the plan a list does not allow, and of what that is not known."""
    refused: list[str] = []
    unsure: list[str] = []
    for value, match in _values(asking, args, kind).items():
        allowed = _allowed(rules, match)
        if allowed is not True:
            (unsure if allowed is None else refused).append(value)
    return refused, unsure


def _values(asking: Asking, args: GcpPreflightArgs, kind: str) -> Mapping[str, Match]:
    """What is planned, as the constraint names it, and what takes it in."""
    if kind == "locations":
        return {f"in:{asking.region}-locations": partial(within, asking.region)}
    if kind == "services":
        services = sorted(set(texts(of_type(args, SERVICE), "service")))
        return {service: partial(_is, service) for service in services}
    if kind == "projects":
        above = _above(asking)
        return {f"under:projects/{asking.project}": lambda value: _under(value, above)}
    return {"all": lambda value: True}


def _allowed(rules: Rules, match: Match) -> bool | None:
    """What a list says of a value. A rule under a condition on tags is not looked at."""
    rules = [rule for rule in rules if not rule.get("condition")]
    values = [rule.get("values", {}) for rule in rules]
    denied = [match(each) for told in values for each in told.get("deniedValues", ())]
    allowed = [match(each) for told in values for each in told.get("allowedValues", ())]
    if any(rule.get("denyAll") for rule in rules) or True in denied:
        return False
    if True in allowed or not allowed:
        return None if None in denied else True
    return None if None in allowed else False


def _is(service: str, value: str) -> bool:
    return value.removeprefix("is:") == service


def _under(value: str, above: frozenset[str]) -> bool:
    return value.removeprefix("under:").removeprefix("is:") in above


def _above(asking: Asking) -> frozenset[str]:
    """The project and all that it is in, as `folders/123`."""
    told = asking.call(
        "cloudresourcemanager.projects.getAncestry", projectId=asking.project, body={}
    )
    ids = [each["resourceId"] for each in told.get("ancestor", ())]
    return frozenset(f"{each.get('type')}s/{each.get('id')}" for each in ids) | {
        f"projects/{asking.project}"
    }


def _describe(asking: Asking, name: str) -> str:
    return f"gcloud org-policies describe {name} --effective --project={asking.project}"
