"""Roles: who may do what where, asked of the objects as an API server would."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from tests.support.kubernetes_schemas import violations
from tests.support.parts import objects, only, planned, recorded

from modelyard.contracts.context import Purpose
from modelyard.plan.capability import Capability as C
from modelyard.workloads.access import RULES

TRAINING, PRODUCTION, PLATFORM = Purpose.TRAINING, Purpose.PRODUCTION, Purpose.PLATFORM
BLUEPRINT = """
sites: {core: {kind: kubernetes}}
models: []
access:
  admins: [ops@example.com]
  developers: ["group:ml", "user:dana"]
  viewers: ["group:audit"]
  approvers: ["group:risk"]
"""
SUBJECTS = {
    "admin": {"User:ops@example.com"},
    "developer": {"Group:ml", "User:dana"},
    "viewer": {"Group:audit"},
    "approver": {"Group:risk"},
}
EVERYWHERE = (PLATFORM, TRAINING, PRODUCTION)
PEOPLE = tuple(SUBJECTS)


@cache
def made() -> list[Mapping[str, Any]]:
    return objects(recorded(only(planned(BLUEPRINT), C.ACCESS)), "Roles")


def can(role: str, verb: str, resource: str, purpose: Purpose, group: str = "") -> bool:
    """Whether a binding in the purpose's namespace gives the role's people that right."""
    namespace = f"yard-{purpose}"
    return any(
        _allows(rule, verb, resource, group)
        for binding in _of_kind("RoleBinding", namespace)
        if {f"{s['kind']}:{s['name']}" for s in binding["subjects"]} & SUBJECTS[role]
        for bound in _of_kind("Role", namespace)
        if bound["metadata"]["name"] == binding["roleRef"]["name"]
        for rule in bound["rules"]
    )


def _of_kind(kind: str, namespace: str) -> list[Mapping[str, Any]]:
    return [o for o in made() if o["kind"] == kind and o["metadata"]["namespace"] == namespace]


def _allows(rule: Mapping[str, Any], verb: str, resource: str, group: str) -> bool:
    """As the API server decides: `*` is anything, and a subresource is named with its parent."""
    wanted = {"verbs": verb, "apiGroups": group, "resources": resource}
    return all("*" in rule[key] or value in rule[key] for key, value in wanted.items())


def test_only_namespaced_roles_are_made_and_each_is_valid() -> None:
    assert {o["kind"] for o in made()} == {"Role", "RoleBinding"}
    assert [violations(o) for o in made()] == [[]] * len(made())
    assert len(made()) == 2 * sum(len(purposes) for purposes in RULES.values())


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize("purpose", EVERYWHERE)
@pytest.mark.parametrize("verb", ["escalate", "bind", "impersonate", "*"])
def test_nobody_can_become_more_than_they_are(role: str, purpose: Purpose, verb: str) -> None:
    for resource in ("roles", "rolebindings", "users", "groups", "serviceaccounts"):
        for group in ("", "rbac.authorization.k8s.io"):
            assert not can(role, verb, resource, purpose, group)


@pytest.mark.parametrize("role", ["developer", "viewer", "approver"])
@pytest.mark.parametrize("purpose", EVERYWHERE)
@pytest.mark.parametrize("verb", ["get", "list", "watch"])
def test_secrets_are_for_admins_only(role: str, purpose: Purpose, verb: str) -> None:
    assert not can(role, verb, "secrets", purpose)
    assert can("admin", verb, "secrets", purpose)


@pytest.mark.parametrize("role", ["developer", "viewer", "approver"])
@pytest.mark.parametrize("purpose", EVERYWHERE)
@pytest.mark.parametrize(
    "resource", ["pods/exec", "pods/attach", "pods/portforward", "serviceaccounts/token"]
)
@pytest.mark.parametrize("verb", ["get", "create"])
def test_no_way_around_to_a_secret(role: str, purpose: Purpose, resource: str, verb: str) -> None:
    assert not can(role, verb, resource, purpose)


@pytest.mark.parametrize("role", ["developer", "viewer", "approver"])
@pytest.mark.parametrize("purpose", [PLATFORM, PRODUCTION])
@pytest.mark.parametrize("verb", ["create", "update", "patch", "delete", "deletecollection"])
def test_production_and_platform_are_changed_by_admins_only(
    role: str, purpose: Purpose, verb: str
) -> None:
    kinds = {
        "pods": "",
        "configmaps": "",
        "services": "",
        "deployments": "apps",
        "deployments/scale": "apps",
        "jobs": "batch",
        "inferenceservices": "serving.kserve.io",
        "workflowtemplates": "argoproj.io",
        "roles": "rbac.authorization.k8s.io",
        "networkpolicies": "networking.k8s.io",
    }
    for resource, group in kinds.items():
        assert not can(role, verb, resource, purpose, group), resource
        assert can("admin", verb, resource, purpose, group), resource


@pytest.mark.parametrize(
    ("role", "verb", "resource", "group", "allowed"),
    [
        ("developer", "create", "workflows", "argoproj.io", True),
        ("developer", "get", "workflows", "argoproj.io", True),
        ("developer", "watch", "workflows", "argoproj.io", True),
        ("developer", "delete", "workflows", "argoproj.io", True),
        # Whoever can change a workflow can resume one that waits for an approval.
        ("developer", "update", "workflows", "argoproj.io", False),
        ("developer", "patch", "workflows", "argoproj.io", False),
        ("developer", "deletecollection", "workflows", "argoproj.io", False),
        ("developer", "create", "workflowtemplates", "argoproj.io", False),
        ("developer", "patch", "workflowtemplates", "argoproj.io", False),
        ("developer", "patch", "cronworkflows", "argoproj.io", False),
        ("developer", "create", "workflowtaskresults", "argoproj.io", False),
        ("developer", "create", "jobs", "batch", True),
        ("developer", "patch", "jobs", "batch", False),
        ("developer", "create", "pods", "", False),
        ("developer", "get", "pods/log", "", True),
        ("approver", "get", "workflows", "argoproj.io", True),
        ("approver", "update", "workflows", "argoproj.io", False),
        ("approver", "patch", "workflows", "argoproj.io", False),
        ("approver", "create", "workflows", "argoproj.io", False),
        ("approver", "create", "jobs", "batch", False),
        ("viewer", "get", "workflows", "argoproj.io", True),
        ("viewer", "create", "workflows", "argoproj.io", False),
        ("viewer", "patch", "workflows", "argoproj.io", False),
        ("viewer", "create", "jobs", "batch", False),
        ("admin", "patch", "workflows", "argoproj.io", True),
        ("admin", "create", "jobs", "batch", True),
    ],
)
def test_training(role: str, verb: str, resource: str, group: str, allowed: bool) -> None:
    assert can(role, verb, resource, TRAINING, group) is allowed


@pytest.mark.parametrize("verb", ["create", "update", "patch"])
def test_only_approvers_let_a_run_in_production_go_on(verb: str) -> None:
    allowed = {r for r in PEOPLE if can(r, verb, "workflows", PRODUCTION, "argoproj.io")}
    assert allowed == {"approver", "admin"}
    assert not can("approver", "delete", "workflows", PRODUCTION, "argoproj.io")
    assert not can("approver", verb, "workflows", PLATFORM, "argoproj.io")


@pytest.mark.parametrize("role", ["developer", "viewer"])
@pytest.mark.parametrize("purpose", EVERYWHERE)
def test_what_runs_can_be_seen(role: str, purpose: Purpose) -> None:
    kinds = {
        "pods": "",
        "events": "",
        "deployments": "apps",
        "inferenceservices": "serving.kserve.io",
    }
    assert all(can(role, "list", resource, purpose, group) for resource, group in kinds.items())


def test_approvers_see_production_but_not_the_platform() -> None:
    assert can("approver", "get", "deployments", PRODUCTION, "apps")
    assert not can("approver", "get", "deployments", PLATFORM, "apps")


def test_names_are_scoped_to_the_platform() -> None:
    names = {o["metadata"]["name"] for o in made()}
    assert names == {f"yard-{role}" for role in RULES}


def test_a_role_without_people_is_not_made() -> None:
    text = BLUEPRINT.replace('  viewers: ["group:audit"]\n', "")
    left = objects(recorded(only(planned(text), C.ACCESS)), "Roles")
    assert not [o for o in left if "viewer" in o["metadata"]["name"]]
    assert [o for o in left if "developer" in o["metadata"]["name"]]
