"""Reads every grant of a graph on Google Cloud, and holds it against rules.

Read a graph recorded as a preview: there, an output of another resource is `${name.output}`, so
that a member tells whose it is. Each rule yields its problems as text; a rule kept yields none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import cel

from modelyard.recorder import Graph, Resource

PROJECT = "gcp:projects/iAMMember:IAMMember"
PRIMITIVE = ("roles/owner", "roles/editor", "roles/viewer")
EVERYBODY = re.compile(r"\ballUsers\b|\ballAuthenticatedUsers\b")
KEYS = ("gcp:serviceaccount/key:Key", "gcp:storage/hmacKey:HmacKey", "gcp:projects/apiKey:ApiKey")
"""What lets somebody in who only knows it."""
RECORDING = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
"""It says what is recorded, and lets nobody in."""
_GRANTING = re.compile(r"IAM\w+$", re.IGNORECASE)
_OPERATORS = 12
"""Most `&&`, `||` and `!` of one condition; source: IAM guide, quotas and limits."""
_TEXT = re.compile(r"'(?:\\.|[^'\\])*'")

SELF = "gcp:serviceaccount/account:Account"
GIVEN: Mapping[str, tuple[str, ...]] = {
    SELF: ("member",),
    "gcp:projects/serviceIdentity:ServiceIdentity": ("member",),
    "gcp:logging/projectSink:ProjectSink": ("writerIdentity",),
}
"""Outputs that are a member: an account of the platform's, or one that Google made for it."""
AGENT = r"serviceAccount:(service|bq)-\$\{[\w-]+\.number\}@[a-z0-9-]+\.iam\.gserviceaccount\.com"
"""One of Google's services, acting for this project."""
POD = (
    r"principal://iam\.googleapis\.com/projects/\$\{[\w-]+\.number\}/locations/global/"
    r"workloadIdentityPools/[a-z0-9-]+\.svc\.id\.goog/subject/ns/[a-z0-9-]+/sa/[a-z0-9-]+"
)
"""One service account in the cluster; never the whole of its pool."""
PIPELINE = (
    r"principal://iam\.googleapis\.com/projects/\$\{[\w-]+\.number\}/locations/global/"
    r"workloadIdentityPools/(\$\{[\w-]+\.workloadIdentityPoolId\}|[\w${}.-]+)/subject/"
    r"(repo:[\w./-]+:ref:refs/heads/[\w./-]+|project_path:[\w./-]+:ref_type:branch:ref:[\w./-]+)"
)
"""One branch of one repository."""
CUSTOM = "gcp:projects/iAMCustomRole:IAMCustomRole"
"""A role of ours; what it lets somebody do stands beside it."""
_PERMISSIONS = re.compile(r"[a-zA-Z]+(\.[a-zA-Z]+){2}( [a-zA-Z]+(\.[a-zA-Z]+){2})*")
_SYMBOL = re.compile(r"\$\{([\w-]+)\.(\w+)\}")


@dataclass(frozen=True)
class Grant:
    """A role of one member, in the project or in something in it."""

    resource: Resource
    role: str
    """Google's name of it, or the permissions of a role of ours."""
    member: str
    condition: str | None

    def __str__(self) -> str:
        return f"{self.resource.type.rpartition(':')[2]} {self.resource.name}"

    @property
    def in_project(self) -> bool:
        return self.resource.type == PROJECT


def grants(graph: Graph) -> list[Grant]:
    """Every grant of a graph."""
    return [_grant(graph, it) for it in _granting(graph) if it.type.lower().endswith("member")]


def _granting(graph: Graph) -> Iterator[Resource]:
    return (r for r in graph if r.custom and r.package == "gcp" and _GRANTING.search(r.type))


def _grant(graph: Graph, resource: Resource) -> Grant:
    condition = resource.inputs.get("condition") or {}
    return Grant(
        resource,
        _role(graph, resource),
        str(resource.inputs["member"]),
        condition.get("expression"),
    )


def _role(graph: Graph, resource: Resource) -> str:
    made = [graph[urn] for urn in resource.property_dependencies.get("role", ())]
    ours = [" ".join(it.inputs["permissions"]) for it in made if it.type == CUSTOM]
    return ours[0] if ours else str(resource.inputs["role"])


def primitive(graph: Graph) -> Iterator[str]:
    """No role that is of all services."""
    for grant in grants(graph):
        known = grant.role.startswith("roles/") or _PERMISSIONS.fullmatch(grant.role)
        if grant.role in PRIMITIVE or not known:
            yield f"{grant} grants {grant.role}"


def authoritative(graph: Graph) -> Iterator[str]:
    """Nothing that takes away what others have granted: members are added, one by one."""
    for resource in _granting(graph):
        adds = resource.type.endswith(("IAMMember", "IamMember"))
        if not adds and resource.type not in (RECORDING, CUSTOM):
            yield f"{resource.name} replaces what others have granted ({resource.type})"


def everybody(graph: Graph) -> Iterator[str]:
    """Nothing is for everybody, wherever it is said."""
    for resource in graph:
        if resource.package == "gcp" and EVERYBODY.search(str(resource.inputs)):
            yield f"{resource.name} is for everybody"


def keys(graph: Graph) -> Iterator[str]:
    """Nobody proves who he is by a file."""
    yield from (f"{it.name} is a key ({it.type})" for it in graph if it.type in KEYS)


def project_wide(graph: Graph, excused: Mapping[str, str]) -> Iterator[str]:
    """What can be granted on one thing is not granted on all; `excused`: roles, with the reason."""
    for grant in grants(graph):
        if grant.in_project and grant.role not in excused:
            yield f"{grant} grants {grant.role} in the whole project"


def conditions(graph: Graph) -> Iterator[str]:
    """Every condition is CEL that asks for what IAM knows, and says no of what is nobody's."""
    for grant in grants(graph):
        if grant.condition is not None:
            yield from (f"{grant}: {why}" for why in _wrong(grant.condition))


def _wrong(expression: str) -> Iterator[str]:
    code = _TEXT.sub("''", expression)
    if (count := len(re.findall(r"&&|\|\||!(?!=)", code))) > _OPERATORS:
        yield f"{count} operators, of {_OPERATORS}"
    try:
        answer = allows(expression, "projects/_/buckets/of-nobody", "")
    except (ValueError, RuntimeError, TypeError, LookupError) as error:
        yield f"is not what IAM takes: {error}"
    else:
        if answer is not False:
            yield f"answers {answer} of what is nobody's"


def allows(expression: str | None, name: str, listed: str = "") -> Any:
    """What a condition says of a request for a resource, or for a list of objects by prefix."""
    if expression is None:
        return True
    known = {"resource": {"name": name, "type": "", "service": ""}, "api": {}}
    asked = {"getAttribute": lambda api, key, default: listed or default}
    return cel.evaluate(expression, cel.Context(known, asked))


def strangers(graph: Graph, people: frozenset[str]) -> Iterator[str]:
    """Every member is an account of ours, a service of Google's, a workload, or one of `people`."""
    for grant in grants(graph):
        if not (grant.member in people or _known(graph, grant)):
            yield f"{grant} is for {grant.member}"


def _known(graph: Graph, grant: Grant) -> bool:
    if any(re.fullmatch(known, grant.member) for known in (AGENT, POD, PIPELINE)):
        return True
    symbol = _SYMBOL.search(grant.member)
    urns = grant.resource.property_dependencies.get("member", ())
    return symbol is not None and any(
        graph[urn].name == symbol[1] and symbol[2] in GIVEN.get(graph[urn].type, ()) for urn in urns
    )
