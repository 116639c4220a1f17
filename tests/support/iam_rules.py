"""Rules for the policies of a graph. Each yields its problems as text; a rule kept yields none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.support.iam import BUCKET, ROLE, Of, Policy, Statement, policies

from modelyard.recorder import Graph

PODS = "pods.eks.amazonaws.com"
POD_TAGS = (
    "aws:RequestTag/eks-cluster-arn",
    "aws:RequestTag/kubernetes-namespace",
    "aws:RequestTag/kubernetes-service-account",
)
DATA_PLANE = (
    *("kms:Decrypt", "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:CreateGrant"),
    *("kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:Sign", "kms:GenerateMac"),
)


@dataclass(frozen=True)
class Excused:
    """What may break a rule, each with its reason."""

    wild: Mapping[str, str]
    """Statements with a wide action on every resource, by the policy they are in."""
    unscoped: Mapping[str, str]
    """Services that are trusted without naming the account they act for."""


NONE = Excused({}, {})


LONGEST = {Of.TRUST: 2_048, Of.IDENTITY: 10_240}
"""Characters without blanks of a role's trust, and of all its inline policies together.

Source: IAM user guide, IAM and STS quotas, read 2026-11-25.
"""


def too_long(graph: Graph) -> Iterator[str]:
    """No role holds more than IAM takes."""
    for of, most in LONGEST.items():
        lengths: dict[str, int] = defaultdict(int)
        for policy in policies(graph, of):
            lengths[policy.attached or policy.holder.urn] += policy.length
        for urn, length in lengths.items():
            if length > most:
                yield f"{graph[urn].name}: {of} of {length} characters, of {most}"


def unread(graph: Graph) -> Iterator[str]:
    """Every policy can be read, and stands where policies are looked for."""
    for policy in policies(graph):
        if policy.statements is None:
            yield f"{policy} cannot be read: it holds something that is known only later"
        elif policy.of is None:
            yield f"{policy} has a policy where none is looked for"


def wild(graph: Graph, excused: Excused = NONE) -> Iterator[str]:
    """No `*`, and nothing of a whole service, on every resource; and nothing by exclusion."""
    for policy in policies(graph, Of.IDENTITY):
        for statement in policy.allowed:
            if statement.inverted:
                yield f"{policy} allows by exclusion: {', '.join(statement.inverted)}"
            broad = [action for action in statement.actions if _broad(action)]
            if broad and "*" in statement.resources and str(policy) not in excused.wild:
                yield f"{policy} allows {', '.join(broad)} on every resource"


def _broad(action: str) -> bool:
    return action == "*" or action.partition(":")[2] in ("*", "**")


def passed_roles(graph: Graph) -> Iterator[str]:
    """A role is passed on by name, and to a named service."""
    for policy in policies(graph, Of.IDENTITY):
        for statement in policy.allowed:
            if not statement.can("iam:PassRole"):
                continue
            if not all(_one_role(resource) for resource in statement.resources):
                yield f"{policy} passes on any role"
            services = statement.condition("iam:PassedToService")
            if not services or any("*" in service for service in services):
                yield f"{policy} passes roles on to any service"


def _one_role(resource: str) -> bool:
    """A role's own ARN, or names under a prefix of the platform's."""
    name = resource.partition(":role/")[2]
    return resource.endswith(".arn}") or bool(name.strip("*/"))


def unbounded(graph: Graph, boundary: str | None) -> Iterator[str]:
    """Every role has the boundary that the blueprint names."""
    for role in graph.of_type(ROLE):
        if role.inputs.get("permissionsBoundary") != boundary:
            yield f"{role.name} is not limited by {boundary}"


def trusting(graph: Graph, excused: Excused = NONE) -> Iterator[str]:
    """A role is taken by one service for one account, or by the pods of one service account."""
    for policy in policies(graph, Of.TRUST):
        for statement in policy.allowed:
            yield from (f"{policy} {problem}" for problem in _trust(statement, excused))


def _trust(statement: Statement, excused: Excused) -> Iterator[str]:
    kinds = {principal.partition(":")[0] for principal in statement.principals}
    if len(statement.principals) != 1 or not kinds <= {"Service", "Federated"}:
        yield f"is taken by {', '.join(statement.principals) or 'nobody'}"
        return
    [principal] = statement.principals
    service = principal.partition(":")[2]
    if kinds == {"Federated"}:
        subjects = [
            k for tests in statement.conditions.values() for k in tests if k.endswith(":sub")
        ]
        if not subjects:
            yield "is taken by anybody whom the identity provider knows"
    elif service == PODS:
        if not all(_exact(statement.condition(tag)) for tag in POD_TAGS):
            yield "is taken by more pods than those of one service account"
    elif not _exact(statement.condition("aws:SourceAccount")) and service not in excused.unscoped:
        yield f"is taken by {service} on behalf of any account"


def _exact(values: tuple[str, ...]) -> bool:
    return len(values) == 1 and "*" not in values[0].replace(".arn}", "")


def keys_for_everybody(graph: Graph) -> Iterator[str]:
    """No key encrypts or decrypts for everybody, though for all of one account in one service.

    As AWS's own key for volumes does: whoever starts a node there has to be able to read its disk.
    """
    for policy in policies(graph, Of.RESOURCE):
        if not policy.holder.type.startswith("aws:kms/"):
            continue
        for statement in policy.allowed:
            data = [action for action in DATA_PLANE if statement.can(action)]
            everybody = any(it == "*" or it.endswith(":*") for it in statement.principals)
            if data and everybody and not _own_account(statement):
                yield f"{policy} gives everybody {', '.join(data)}"


def _own_account(statement: Statement) -> bool:
    limits = ("kms:CallerAccount", "kms:ViaService")
    return all(_exact(statement.condition(limit)) for limit in limits)


def plain_http(graph: Graph) -> Iterator[str]:
    """Every bucket refuses requests without TLS."""
    secured = {
        policy.attached
        for policy in policies(graph, Of.RESOURCE)
        if policy.holder.type == "aws:s3/bucketPolicy:BucketPolicy" and _demands_tls(policy)
    }
    for bucket in graph.of_type(BUCKET):
        if bucket.urn not in secured:
            yield f"{bucket.name} answers without TLS"


def _demands_tls(policy: Policy) -> bool:
    return any(
        not statement.allows
        and statement.actions == ("s3:*",)
        and {"*", "AWS:*"} & set(statement.principals)
        and statement.condition("aws:SecureTransport") in (("false",), ("False",))
        and len(statement.resources) == 2
        for statement in policy.statements or ()
    )
