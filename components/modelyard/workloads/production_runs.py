"""What Argo may run in production: the platform's own templates as they are, and nothing else.

Whoever may create a workflow may otherwise have it do anything, as any service account, and start
it behind the step that waits for an approval. Who asks and who approves is what the API server
knows of them, never what they say.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelyard.objects.manifests import Manifest
from modelyard.objects.workflows import APPROVE, APPROVER, BY, PRODUCTION_TEMPLATES, PROMOTE

_API = "admissionregistration.k8s.io/v1"
_TEMPLATE = "object.spec.workflowTemplateRef.name"
_PERSON = "(!request.userInfo.username.startsWith('system:serviceaccount:'))"
_OLD = "(request.operation == 'UPDATE')"
_ME = "request.userInfo.username"
_GIVEN = "object.spec.arguments.parameters"
_NODES = "object.status.nodes"
_BEFORE = "oldObject.status.nodes"
_RAN = "(has(oldObject.status) && has(oldObject.status.nodes))"
"""Whether the run had begun with any step."""
_EMPTY = "object.status.all(key, key in ['startedAt', 'finishedAt'])"
"""Whether a status is one that typed clients write where there is none."""
_IS_APPROVAL = f"(has({{0}}.templateName) && {{0}}.templateName == '{APPROVE}')"
_WAS_APPROVED = (
    f"({_RAN} && id in {_BEFORE} && has({_BEFORE}[id].phase) && {_BEFORE}[id].phase == 'Succeeded')"
)
_APPROVED = (
    f"(has({_NODES}[id].phase) && {_NODES}[id].phase == 'Succeeded'"
    f" && {_IS_APPROVAL.format(f'{_NODES}[id]')} && !{_WAS_APPROVED})"
)
"""Whether the request lets a version go on at the step `id`."""
_APPROVES = f"({_OLD} && has(object.status) && has({_NODES}) && {_NODES}.exists(id, {_APPROVED}))"
_SIGNED = (
    f"has({_NODES}[id].outputs) && has({_NODES}[id].outputs.parameters)"
    f" && {_NODES}[id].outputs.parameters.exists(p,"
    f" p.name == '{APPROVER}' && has(p.value) && p.value == {_ME})"
)
_WAITED = (
    f"({_IS_APPROVAL.format(f'{_BEFORE}[id]')}"
    f" && has({_BEFORE}[id].phase) && {_BEFORE}[id].phase == 'Running')"
)
"""Whether the step `id` was waiting for a person."""

EXPRESSIONS: dict[str, str] = {
    "a run in production names a template and its parameters, and sets nothing else": (
        "object.spec.all(key, key in ['workflowTemplateRef', 'arguments', 'suspend', 'shutdown'])"
        " && has(object.spec.workflowTemplateRef)"
        " && (!has(object.spec.arguments) || object.spec.arguments.all(key, key == 'parameters'))"
    ),
    "only templates of promotion and rollback run in production": " || ".join(
        f"{_TEMPLATE}.endsWith('{ending}')" for ending in PRODUCTION_TEMPLATES
    ),
    "training may ask for a promotion, and for nothing else": (
        f"{_OLD} || {_PERSON} || {_TEMPLATE}.endsWith('{PROMOTE}')"
    ),
    f"a run in production says who asks, in the parameter {BY}: the user who creates it": (
        f"{_OLD} || (has(object.spec.arguments) && has({_GIVEN})"
        f" && {_GIVEN}.exists_one(p, p.name == '{BY}')"
        f" && {_GIVEN}.exists(p, p.name == '{BY}' && has(p.value) && p.value == {_ME}))"
    ),
    # Argo fills in braces once more wherever a parameter is used.
    "parameters of a run in production are plain text": (
        f"{_OLD} || !has(object.spec.arguments) || !has({_GIVEN})"
        f" || {_GIVEN}.all(p, has(p.value) && !p.value.contains('{{{{'))"
    ),
    # The controller runs a template from the copy of it that it keeps in the status.
    "a run in production begins without a status": (f"{_OLD} || !has(object.status) || {_EMPTY}"),
    "people do not change what a run was asked for": (
        f"!{_OLD} || !{_PERSON}"
        " || (object.spec.workflowTemplateRef == oldObject.spec.workflowTemplateRef"
        " && has(object.spec.arguments) == has(oldObject.spec.arguments)"
        " && (!has(object.spec.arguments)"
        " || object.spec.arguments == oldObject.spec.arguments))"
    ),
    # The copy of the template is among it, and steps may be kept in another form.
    "people do not change what a run has read and done": (
        f"!{_OLD} || !{_PERSON}"
        " || (has(oldObject.status) ?"
        " (has(object.status) && oldObject.status.all(key, key in object.status)"
        " && object.status.all(key, key == 'nodes'"
        " || (key in oldObject.status && object.status[key] == oldObject.status[key])))"
        f" : (!has(object.status) || {_EMPTY}))"
    ),
    "people change no step of a run but one that waits for approval": (
        f"!{_OLD} || !{_PERSON} || !has(object.status) || !has({_NODES})"
        f" || ({_RAN} && {_NODES}.all(id, id in {_BEFORE}"
        f" && ({_NODES}[id] == {_BEFORE}[id] || {_WAITED})))"
    ),
    f"whoever approves is a person, and signs as {APPROVER} with their own user name": (
        f"!{_APPROVES} || ({_PERSON} && {_NODES}.all(id, !{_APPROVED} || ({_SIGNED})))"
    ),
    "nobody approves what they asked for themselves": (
        f"!{_APPROVES} || (has(object.spec.arguments) && has({_GIVEN})"
        f" && {_GIVEN}.exists(p, p.name == '{BY}')"
        f" && {_GIVEN}.all(p, p.name != '{BY}' || p.value != {_ME}))"
    ),
}
"""What holds for every run in production, by what is said where it does not."""


def separation(training: str, production: str) -> Mapping[str, str]:
    """Whoever may train is the author of what was trained. Admins may anything; they answer for it.

    Only an API server can say who may do what.
    """
    may_train = _may("argoproj.io", "workflows", training)
    admin = _may("rbac.authorization.k8s.io", "rolebindings", production)
    said = f"nobody approves who may start runs in {training}, where versions are made"
    return {said: f"!{_APPROVES} || !{may_train} || {admin}"}


def _may(group: str, resource: str, namespace: str) -> str:
    asked = f"authorizer.group('{group}').resource('{resource}').namespace('{namespace}')"
    return f"{asked}.check('create').allowed()"


def policy(name: str, training: str, production: str) -> Manifest:
    """The rules, for every workflow that is created or changed."""
    kinds = {
        "apiGroups": ["argoproj.io"],
        "apiVersions": ["*"],
        "resources": ["workflows"],
        "operations": ["CREATE", "UPDATE"],
    }
    rules = {**EXPRESSIONS, **separation(training, production)}
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [kinds]},
        "validations": [
            {"expression": expression, "message": message, "reason": "Forbidden"}
            for message, expression in rules.items()
        ],
    }
    kind = "ValidatingAdmissionPolicy"
    return {"apiVersion": _API, "kind": kind, "metadata": {"name": name}, "spec": spec}


def policy_binding(name: str, namespace: str) -> Manifest:
    """The rules hold in this namespace."""
    where = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    spec = {
        "policyName": name,
        "validationActions": ["Deny"],
        "matchResources": {"namespaceSelector": where},
    }
    kind = "ValidatingAdmissionPolicyBinding"
    return {"apiVersion": _API, "kind": kind, "metadata": {"name": name}, "spec": spec}
