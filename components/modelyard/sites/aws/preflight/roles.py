"""Whether the roles that services of AWS use in an account are there, or can be made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from modelyard.blueprint.gpus import Capacity
from modelyard.catalog.sheet import rows
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.aws.preflight.asking import code_of
from modelyard.sites.aws.preflight.ownership import owned, tags_of
from modelyard.sites.aws.preflight.planned import machines as planned_machines
from modelyard.sites.aws.preflight.planned import node_groups, of_type, texts
from modelyard.sites.aws.preflight.question import Question

if TYPE_CHECKING:
    from modelyard.sites.aws.preflight.asking import Asking
    from modelyard.sites.aws.preflight.planned import AwsPreflightArgs

TOPIC = "role"
MADE = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
"""What makes such a role itself, and fails where there is one."""


@cache
def service_roles() -> Mapping[str, Mapping[str, Any]]:
    """Every role that is known, by name."""
    return rows(Path(__file__).with_name("roles.yaml"), "roles")


def questions(asking: Asking, args: AwsPreflightArgs) -> Iterator[Question]:
    """One for each role that what is planned needs."""
    planned = set(texts(of_type(args, MADE), "awsServiceName"))
    for name, role in service_roles().items():
        makes = role["service"] in planned
        if makes or any(of_type(args, *role["of"])) or (role["spot"] and _on_spot(args)):
            yield Question(TOPIC, name, partial(_answer, asking, args, name, makes=makes))


def _on_spot(args: AwsPreflightArgs) -> bool:
    gpus, nodes = args.site.gpus, args.site.cluster.nodes
    of_models = planned_machines(args) and Capacity.SPOT in (gpus.capacity, *gpus.fallback)
    groups = any(capacity == "spot" for _, _, capacity in node_groups(args))
    return bool(of_models) or groups or nodes.capacity == "spot"


def _answer(asking: Asking, args: AwsPreflightArgs, name: str, *, makes: bool) -> Iterator[Answer]:
    role = service_roles()[name]
    command = f"aws iam create-service-linked-role --aws-service-name {role['service']}"
    there = _look(asking, name)
    if makes and there and not owned(tags_of(there.get("Tags", ())), args.context):
        found = "is there already, and the plan makes it once more"
        next = f"pulumi import {MADE} {name} {there['Arn']}"
        yield Answer(TOPIC, name, Verdict.FAILED, found, next=next)
    elif there or makes:
        yield Answer(TOPIC, name, Verdict.OK, "is there" if there else "is made by the platform")
    elif role["by_itself"]:
        found = f"is not there; {role['service']} makes it for who may iam:CreateServiceLinkedRole"
        yield Answer(TOPIC, name, Verdict.WARNING, found, next=command)
    else:
        yield Answer(TOPIC, name, Verdict.FAILED, "is not there", next=command)


def _look(asking: Asking, name: str) -> Mapping[str, Any] | None:
    try:
        return asking.call("iam", "get_role", RoleName=name)["Role"]
    except ClientError as error:
        if code_of(error) != "NoSuchEntity":
            raise
    return None
