"""Rights by IAM of AWS: policies of roles, policies of resources, and who may become a role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from modelyard.policies.access import RESOURCE_POLICIES
from modelyard.policies.documents import actions, everybody, statements
from modelyard.policies.rule import at, items
from modelyard.review.grant import Grant
from modelyard.review.verbs import ADMINISTER, INVOKE, of_actions
from modelyard.review.view import View, kind, readable

if TYPE_CHECKING:
    from modelyard.recorder import Resource

_ROLE = "aws:iam/role:Role"
_ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
_POLICY = "aws:iam/policy:Policy"
_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
_ENTRY = "aws:eks/accessEntry:AccessEntry"
_CLUSTER_POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
_IOT_POLICY = "aws:iot/policy:Policy"
_KMS_GRANT = "aws:kms/grant:Grant"


def grants(view: View) -> Iterator[Grant]:
    """Every statement of every policy, and what is attached by name."""
    for it in view.of(_ROLE_POLICY):
        for subject in _holders(view, it, "role"):
            yield from _given(view, it, "policy", subject)
    for it in view.of(_POLICY):
        for subject in _attached_to(view, it) or [f"whoever has policy {it.inputs.get('name')}"]:
            yield from _given(view, it, "policy", subject)
    for it in view.of(_IOT_POLICY):
        subject = f"devices with IoT policy {it.inputs.get('name')}"
        yield from _given(view, it, "policy", subject)
    for it in view.of(_ROLE):
        yield from _trusted(view, it)
    for token, key in RESOURCE_POLICIES.items():
        for it in view.of(token):
            yield from _opened(view, it, key)
    yield from _named(view)


def _holders(view: View, it: Resource, property: str) -> list[str]:
    roles = view.behind(it, property, _ROLE)
    return [_title(view, role) for role in roles] or [f"role {readable(it.inputs.get(property))}"]


def _attached_to(view: View, policy: Resource) -> list[str]:
    found = view.referring(policy, _ATTACHMENT, "policyArn")
    return [subject for each in found for subject in _holders(view, each, "role")]


def _title(view: View, role: Resource) -> str:
    """The pods that have a role; or the role, where it is not for pods."""
    pods = [
        f"{it.inputs.get('namespace')}/{it.inputs.get('serviceAccount')}"
        for it in view.referring(role, _ASSOCIATION, "roleArn")
    ]
    return f"pods {', '.join(sorted(pods))}" if pods else f"role {_name(role)}"


def _name(role: Resource) -> str:
    return readable(role.inputs.get("name") or role.name)


def _given(view: View, it: Resource, key: str, subject: str) -> Iterator[Grant]:
    for statement in statements(it.inputs.get(key)):
        yield _grant(view, it, subject, statement)


def _grant(view: View, it: Resource, subject: str, statement: Mapping[str, Any]) -> Grant:
    asked = tuple(actions(statement)) or tuple(
        f"all but {a}" for a in items(statement, "NotAction")
    )
    return Grant(
        subject,
        view.site(it),
        of_actions(asked) if statement.get("Action") else (ADMINISTER,),
        _resources(it, statement),
        by="IAM",
        actions=asked,
        wide=_wide(it, statement),
        conditions=_conditions(statement),
        denied=statement.get("Effect") == "Deny",
        urn=it.urn,
    )


def _resources(it: Resource, statement: Mapping[str, Any]) -> tuple[str, ...]:
    if it.type in RESOURCE_POLICIES:
        return (f"{kind(it).removesuffix('Policy').lower()} {it.name}",)
    if but := items(statement, "NotResource"):
        return tuple(f"all but {_short(readable(each))}" for each in but)
    named = dict.fromkeys(_short(readable(each)) for each in items(statement, "Resource"))
    if list(named) == ["*"]:
        return tuple(f"every resource of {service}" for service in _services(statement))
    return tuple(named)


def _conditions(statement: Mapping[str, Any]) -> tuple[str, ...]:
    found = statement.get("Condition")
    asked = found.values() if isinstance(found, Mapping) else ()
    return tuple(dict.fromkeys(key for each in asked if isinstance(each, Mapping) for key in each))


def _services(statement: Mapping[str, Any]) -> list[str]:
    return sorted({action.partition(":")[0] for action in actions(statement)}) or ["AWS"]


def _short(arn: str) -> str:
    """`s3 fraud-prod-data/*` of an ARN."""
    parts = arn.split(":", 5)
    return f"{parts[2]} {parts[5]}" if len(parts) == 6 and parts[0] == "arn" else arn


def _wide(it: Resource, statement: Mapping[str, Any]) -> tuple[str, ...]:
    asked = actions(statement)
    every = [a for a in asked if a == "*" or a.endswith(":*")]
    wide = ["every action" if a == "*" else f"every action of {a[:-2]}" for a in every]
    if statement.get("NotAction"):
        wide.append("every other action")
    if "*" in items(statement, "Resource") and it.type not in RESOURCE_POLICIES:
        wide.append("every resource")
    return tuple(wide)


# -- Who may become a role, and who else a resource lets in ---------------------------------------


def _trusted(view: View, role: Resource) -> Iterator[Grant]:
    for statement in statements(role.inputs.get("assumeRolePolicy")):
        for subject in _principals(statement):
            yield Grant(
                subject,
                view.site(role),
                (INVOKE,),
                (f"role {_name(role)} by becoming it",),
                by="IAM",
                actions=tuple(actions(statement)),
                wide=("everybody",) if everybody(statement) else (),
                conditions=_conditions(statement),
                denied=statement.get("Effect") == "Deny",
                urn=role.urn,
            )


def _opened(view: View, it: Resource, key: str) -> Iterator[Grant]:
    for statement in statements(it.inputs.get(key)):
        for subject in _principals(statement):
            yield _grant(view, it, subject, statement)


def _principals(statement: Mapping[str, Any]) -> list[str]:
    principal = statement.get("Principal")
    if principal is None:
        but = statement.get("NotPrincipal")
        return ["everybody else"] if but else ["nobody"]
    if not isinstance(principal, Mapping):
        return [_principal("AWS", principal)]
    return [_principal(str(form), each) for form in principal for each in items(principal, form)]


def _principal(form: str, named: Any) -> str:
    text = readable(named)
    if text == "*":
        return "everybody"
    if form == "Service":
        return f"service {text}"
    if text.endswith(":root"):
        return f"account {text.split(':')[4]}"
    return f"{'principal' if form == 'AWS' else 'whom'} {_short(text)}" + (
        "" if form == "AWS" else " vouches for"
    )


# -- What is attached by its name -----------------------------------------------------------------


def _named(view: View) -> Iterator[Grant]:
    for it in view.of(_ATTACHMENT):
        arn = str(it.inputs.get("policyArn", ""))
        if view.behind(it, "policyArn", _POLICY):
            continue
        name = readable(arn).rpartition("/")[2]
        wide = ("every action",) if name in ("AdministratorAccess", "PowerUserAccess") else ()
        for subject in _holders(view, it, "role"):
            on = f"AWS's policy {name}" if ":aws:policy/" in arn else f"policy {readable(arn)}"
            verbs = (ADMINISTER,) if wide else ()
            yield Grant(
                subject, view.site(it), verbs, (on,), "IAM", actions=(arn,), wide=wide, urn=it.urn
            )
    for it in view.of(_KMS_GRANT):
        done = tuple(map(str, items(it.inputs, "operations")))
        who, key = readable(it.inputs.get("granteePrincipal")), readable(it.inputs.get("keyId"))
        verbs = of_actions(f"kms:{each}" for each in done)
        on = (f"key {key}",)
        yield Grant(f"principal {who}", view.site(it), verbs, on, "IAM", actions=done, urn=it.urn)
    yield from _entries(view)


def _entries(view: View) -> Iterator[Grant]:
    """Who gets into a cluster of EKS, and by which policy of it."""
    for it in view.of(_ENTRY):
        groups = [str(each) for each in items(it.inputs, "kubernetesGroups")]
        on = f"cluster {it.inputs.get('clusterName')}"
        told = f"{on} as {', '.join(groups)}" if groups else f"{on} as {it.inputs.get('type')}"
        yield _entry(view, it, (INVOKE,), told)
    for it in view.of(_CLUSTER_POLICY):
        name = str(it.inputs.get("policyArn", "")).rpartition("/")[2]
        spaces = [str(each) for each in items(it.inputs, "accessScope", "namespaces")]
        where = f" in {', '.join(spaces)}" if spaces else ""
        on = f"EKS's policy {name} in cluster {it.inputs.get('clusterName')}{where}"
        yield _entry(view, it, (ADMINISTER,) if "Admin" in name else (), on)


def _entry(view: View, it: Resource, verbs: tuple[str, ...], on: str) -> Grant:
    roles = view.behind(it, "principalArn", _ROLE)
    who = _title(view, roles[0]) if roles else f"principal {_short(readable(_arn(it)))}"
    return Grant(who, view.site(it), verbs, (on,), "IAM", urn=it.urn)


def _arn(it: Resource) -> Any:
    return at(it.inputs, "principalArn")
