"""Reads every policy of a recorded graph: who may do what, to what, on which condition.

Read a graph recorded as a preview: there, an ARN of another resource is `${name.arn}`, so that a
policy that depends on others is whole and says which.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from modelyard.recorder import Graph, Resource

ROLE = "aws:iam/role:Role"
BUCKET = "aws:s3/bucket:Bucket"


class Of(StrEnum):
    """What a policy is attached to."""

    IDENTITY = "identity"
    TRUST = "trust"
    RESOURCE = "resource"


WHERE: dict[tuple[str, str], Of] = {
    (ROLE, "assumeRolePolicy"): Of.TRUST,
    (ROLE, "inlinePolicies"): Of.IDENTITY,
    ("aws:iam/policy:Policy", "policy"): Of.IDENTITY,
    ("aws:iam/rolePolicy:RolePolicy", "policy"): Of.IDENTITY,
    ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "policy"): Of.IDENTITY,
    ("aws:iot/policy:Policy", "policy"): Of.IDENTITY,
    ("aws:backup/vaultPolicy:VaultPolicy", "policy"): Of.RESOURCE,
    ("aws:cloudwatch/eventBusPolicy:EventBusPolicy", "policy"): Of.RESOURCE,
    ("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "policyDocument"): Of.RESOURCE,
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "policy"): Of.RESOURCE,
    ("aws:ecr/registryPolicy:RegistryPolicy", "policy"): Of.RESOURCE,
    ("aws:ecr/repositoryPolicy:RepositoryPolicy", "policy"): Of.RESOURCE,
    (
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        "repositoryPolicy",
    ): Of.RESOURCE,
    ("aws:glue/resourcePolicy:ResourcePolicy", "policy"): Of.RESOURCE,
    ("aws:kms/key:Key", "policy"): Of.RESOURCE,
    ("aws:kms/keyPolicy:KeyPolicy", "policy"): Of.RESOURCE,
    ("aws:msk/clusterPolicy:ClusterPolicy", "policy"): Of.RESOURCE,
    ("aws:s3/bucketPolicy:BucketPolicy", "policy"): Of.RESOURCE,
    (
        "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy",
        "resourcePolicy",
    ): Of.RESOURCE,
    ("aws:secretsmanager/secret:Secret", "policy"): Of.RESOURCE,
    ("aws:secretsmanager/secretPolicy:SecretPolicy", "policy"): Of.RESOURCE,
    ("aws:sns/topic:Topic", "policy"): Of.RESOURCE,
    ("aws:sns/topicPolicy:TopicPolicy", "policy"): Of.RESOURCE,
    ("aws:sqs/queue:Queue", "policy"): Of.RESOURCE,
    ("aws:sqs/queuePolicy:QueuePolicy", "policy"): Of.RESOURCE,
}
"""The properties that hold policies. One elsewhere is found all the same, and is a problem."""


@dataclass(frozen=True)
class Statement:
    """One statement. A principal is `Service:eks.amazonaws.com`, or `*` for everybody."""

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]]
    inverted: tuple[str, ...]
    """Which of `NotAction`, `NotResource`, `NotPrincipal` it has."""

    def can(self, action: str) -> bool:
        """Is this action among those it speaks of? Case does not count, as in IAM."""
        return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in self.actions)

    def condition(self, key: str) -> tuple[str, ...]:
        """What a context key has to be, by any operator; empty if it does not matter."""
        for tests in self.conditions.values():
            for name, value in tests.items():
                if name.lower() == key.lower():
                    return _texts(value)
        return ()


@dataclass(frozen=True)
class Policy:
    """A policy as it stands in the graph."""

    of: Of | None
    """None for one in a property that is not known to hold one."""
    holder: Resource
    """The resource that it is an input of."""
    attached: str | None
    """URN of the role, bucket or queue that it is about, if that is another resource."""
    statements: tuple[Statement, ...] | None
    """None where it cannot be read, since all of it is known only later."""
    length: int
    """Characters without blanks, as IAM counts them."""

    def __str__(self) -> str:
        return f"{self.holder.type.rpartition(':')[2]} {self.holder.name}"

    @property
    def allowed(self) -> tuple[Statement, ...]:
        """The statements that allow something."""
        return tuple(it for it in self.statements or () if it.allows)


def policies(graph: Graph, of: Of | None = None) -> list[Policy]:
    """Every policy of a graph, or those of one kind."""
    found = [policy for resource in graph if resource.custom for policy in _of_resource(resource)]
    return [policy for policy in found if of is None or policy.of is of]


def _of_resource(resource: Resource) -> Iterator[Policy]:
    if not resource.package.startswith("aws"):
        return
    for name, value in resource.inputs.items():
        known = WHERE.get((resource.type, name))
        for text in _strings(value):
            document = _document(text)
            if known or document is not None:
                statements = document and tuple(statement(it) for it in _list(document))
                length = len("".join(text.split()))
                yield Policy(known, resource, _attached(resource), statements, length)


def _attached(resource: Resource) -> str | None:
    about = ("role", "bucket", "keyId", "queueUrl", "arn", "repository", "secretArn")
    urns = [u for key in about for u in resource.property_dependencies.get(key, ())]
    return urns[0] if urns else None


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            if key != "name":
                yield from _strings(child)


def _document(text: str) -> dict[str, Any] | None:
    """The policy that a text is, or None."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        return None
    return document if isinstance(document, dict) and "Statement" in document else None


def _list(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = document["Statement"]
    return found if isinstance(found, list) else [found]


def statement(raw: Mapping[str, Any]) -> Statement:
    """A statement of a policy's JSON."""
    principal = raw.get("Principal", {})
    named = principal if isinstance(principal, Mapping) else {"": principal}
    return Statement(
        allows=raw["Effect"] == "Allow",
        actions=_texts(raw.get("Action")),
        resources=_texts(raw.get("Resource")),
        principals=tuple(
            text if text == "*" else f"{kind}:{text}"
            for kind, value in named.items()
            for text in _texts(value)
        ),
        conditions=raw.get("Condition", {}),
        inverted=tuple(key for key in raw if key.startswith("Not")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(it) for it in value) if isinstance(value, list) else (str(value),)
