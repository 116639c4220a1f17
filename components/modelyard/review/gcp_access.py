"""Rights by IAM of Google Cloud: who has which role on what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from modelyard.policies.rule import at, items
from modelyard.review.grant import Grant
from modelyard.review.verbs import ADMINISTER, of_permissions, of_role
from modelyard.review.view import View, kind, readable

if TYPE_CHECKING:
    from modelyard.recorder import Resource

_CUSTOM = "gcp:projects/iAMCustomRole:IAMCustomRole"
_MEMBER = re.compile(r"^(.*?)Iam(Member|Binding)$", re.IGNORECASE)
_POD = re.compile(r"/subject/ns/([^/]+)/sa/([^/]+)$")
_OF_IAM = ("member", "members", "role", "condition")
_WHERE = ("project", "location", "region", "organization")


def grants(view: View) -> Iterator[Grant]:
    """Every member of every role, whatever it is a role on."""
    for it in view.graph:
        if it.package == "gcp" and not it.external and (of := _MEMBER.match(kind(it))):
            for member in (*items(it.inputs, "member"), *items(it.inputs, "members")):
                yield _grant(view, it, of[1], str(member))


def _grant(view: View, it: Resource, noun: str, member: str) -> Grant:
    role = str(it.inputs.get("role"))
    verbs, done = _may(view, it, role)
    return Grant(
        subject(member),
        view.site(it),
        verbs,
        (_on(it, noun),),
        by="IAM",
        actions=done,
        wide=_wide(it, noun, role),
        conditions=_conditions(it),
        urn=it.urn,
    )


def subject(member: str) -> str:
    """`pods ns/name`, `group ml@acme.example`, `service account fraud-cluster-nodes`."""
    if member in ("allUsers", "allAuthenticatedUsers"):
        return "everybody"
    if pod := _POD.search(member):
        return f"pods {pod[1]}/{pod[2]}"
    form, colon, name = readable(member).partition(":")
    if not colon or form.startswith("principal"):
        return f"service account {form}" if not colon else f"principal {readable(member)}"
    return {"serviceAccount": "service account"}.get(form, form) + f" {name}"


def _conditions(it: Resource) -> tuple[str, ...]:
    condition = it.inputs.get("condition")
    told = at(condition, "title") or at(condition, "expression")
    return (readable(told),) if told else ()


def _may(view: View, it: Resource, role: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    for custom in view.behind(it, "role", _CUSTOM):
        listed = tuple(map(str, items(custom.inputs, "permissions")))
        return of_permissions(listed), (readable(custom.inputs.get("roleId")), *listed)
    return of_role(role), (readable(role),)


def _on(it: Resource, noun: str) -> str:
    """The resource's own names: all that is said of it besides who gets which role."""
    told = {k: v for k, v in it.inputs.items() if k not in (*_OF_IAM, *_WHERE)}
    if not told:
        role = readable(it.inputs.get("role")).removeprefix("roles/")
        return f"project {readable(it.inputs.get('project'))} as {role}"
    if noun.lower() == "managedfolder":
        return f"bucket {readable(told.get('bucket'))}/{readable(told.get('managedFolder'))}"
    names = ", ".join(readable(_last(value)) for value in told.values())
    return f"{_NOUNS.get(noun.lower(), noun.lower())} {names}"


_NOUNS = {
    "": "service account",
    "cryptokey": "key",
    "repository": "image registry",
    "aiendpoint": "endpoint",
    "aifeatureonlinestore": "online store",
    "service": "Cloud Run service",
    "job": "Cloud Run job",
}


def _last(value: Any) -> str:
    """The name at the end of a path; symbols are names already."""
    text = str(value)
    return text if "${" in text else text.rpartition("/")[2]


def _wide(it: Resource, noun: str, role: str) -> tuple[str, ...]:
    found = []
    if noun == "" and "project" in it.inputs and of_role(role) == (ADMINISTER,):
        found.append("the whole project")
    return (*found, "everybody") if it.inputs.get("member") in ("allUsers",) else tuple(found)
