"""What Argo may run in production: the platform's own templates as they are, and nothing else.

Whoever may create a workflow may otherwise have it do anything, as any service account, and start
it behind the step that waits for an approval.
"""

from __future__ import annotations

from modelyard.objects.manifests import Manifest
from modelyard.objects.workflows import PRODUCTION_TEMPLATES

_API = "admissionregistration.k8s.io/v1"
_PROMOTE, _ = PRODUCTION_TEMPLATES
_TEMPLATE = "object.spec.workflowTemplateRef.name"
_STORED = "storedWorkflowTemplateSpec"
_PERSON = "(!request.userInfo.username.startsWith('system:serviceaccount:'))"
_OLD = "(request.operation == 'UPDATE')"

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
        f"{_OLD} || {_PERSON} || {_TEMPLATE}.endsWith('{_PROMOTE}')"
    ),
    # The controller runs a template from the copy of it that it keeps in the status.
    "a run in production begins without a status": (
        f"{_OLD} || !has(object.status)"
        " || object.status.all(key, key in ['startedAt', 'finishedAt'])"
    ),
    "people do not change what a run was asked for": (
        f"!{_OLD} || !{_PERSON}"
        " || (object.spec.workflowTemplateRef == oldObject.spec.workflowTemplateRef"
        " && has(object.spec.arguments) == has(oldObject.spec.arguments)"
        " && (!has(object.spec.arguments)"
        " || object.spec.arguments == oldObject.spec.arguments))"
    ),
    "people do not change the template that a run has read": (
        f"!{_OLD} || !{_PERSON}"
        f" || !has(oldObject.status) || !has(oldObject.status.{_STORED})"
        f" || (has(object.status) && has(object.status.{_STORED})"
        f" && object.status.{_STORED} == oldObject.status.{_STORED})"
    ),
}
"""What holds for every run in production, by what is said where it does not."""


def policy(name: str) -> Manifest:
    """The rules, for every workflow that is created or changed."""
    kinds = {
        "apiGroups": ["argoproj.io"],
        "apiVersions": ["*"],
        "resources": ["workflows"],
        "operations": ["CREATE", "UPDATE"],
    }
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [kinds]},
        "validations": [
            {"expression": expression, "message": message, "reason": "Forbidden"}
            for message, expression in EXPRESSIONS.items()
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
