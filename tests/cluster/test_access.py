"""Who may do what, as the API server answers: the people of each blueprint, and its accounts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.cluster import ControlPlane
from tests.support.cluster.api import Api, Refused
from tests.support.cluster.rights import Action, Person, impersonating, may, rights
from tests.support.cluster.standing import Standing

ADMINS = frozenset({"admin"})
TRAINERS = ADMINS | {"developer"}
RELEASERS = ADMINS | {"approver"}
WATCHERS = ADMINS | {"developer", "viewer"}
ALL = WATCHERS | {"approver"}
NOBODY: frozenset[str] = frozenset()

Roles = Mapping[str, frozenset[str]]
SEEN: Roles = {"platform": WATCHERS, "training": ALL, "production": ALL}
BY_ADMINS: Roles = dict.fromkeys(("platform", "training", "production"), ADMINS)
BY_NOBODY: Roles = dict.fromkeys(("platform", "training", "production"), NOBODY)
RUNS = "argoproj.io"

WHO_MAY: Mapping[Action, Roles] = {
    Action("list", "pods"): SEEN,
    Action("get", "pods", subresource="log"): SEEN,
    Action("watch", "events"): SEEN,
    Action("list", "deployments", "apps"): SEEN,
    Action("get", "inferenceservices", "serving.kserve.io"): SEEN,
    Action("list", "workflows", RUNS): SEEN,
    Action("get", "networkpolicies", "networking.k8s.io"): SEEN,
    # Secrets, and whatever leads to one.
    Action("get", "secrets"): BY_ADMINS,
    Action("list", "secrets"): BY_ADMINS,
    Action("create", "pods", subresource="exec"): BY_ADMINS,
    Action("create", "pods", subresource="attach"): BY_ADMINS,
    Action("create", "pods", subresource="portforward"): BY_ADMINS,
    Action("create", "serviceaccounts", subresource="token"): BY_ADMINS,
    Action("create", "pods"): BY_ADMINS,
    # What runs is changed by the platform's own program.
    Action("patch", "deployments", "apps"): BY_ADMINS,
    Action("delete", "deployments", "apps"): BY_ADMINS,
    Action("create", "inferenceservices", "serving.kserve.io"): BY_ADMINS,
    Action("update", "configmaps"): BY_ADMINS,
    Action("update", "networkpolicies", "networking.k8s.io"): BY_ADMINS,
    Action("create", "rolebindings", "rbac.authorization.k8s.io"): BY_ADMINS,
    Action("patch", "workflowtemplates", RUNS): BY_ADMINS,
    Action("patch", "cronworkflows", RUNS): BY_ADMINS,
    Action("deletecollection", "workflows", RUNS): BY_ADMINS,
    # Developers train; approvers let a promotion go on, and roll back.
    Action("create", "jobs", "batch"): {**BY_ADMINS, "training": TRAINERS},
    Action("delete", "workflows", RUNS): {**BY_ADMINS, "training": TRAINERS},
    Action("create", "workflows", RUNS): {
        "platform": ADMINS,
        "training": TRAINERS,
        "production": RELEASERS,
    },
    Action("update", "workflows", RUNS): {**BY_ADMINS, "production": RELEASERS},
    Action("patch", "workflows", RUNS): {**BY_ADMINS, "production": RELEASERS},
    # Nobody becomes more than they are.
    Action("escalate", "roles", "rbac.authorization.k8s.io"): BY_NOBODY,
    Action("bind", "roles", "rbac.authorization.k8s.io"): BY_NOBODY,
    Action("bind", "clusterroles", "rbac.authorization.k8s.io"): BY_NOBODY,
    Action("impersonate", "serviceaccounts"): BY_NOBODY,
}
"""What docs/security.md promises, action by action."""

OUTSIDE = (
    Action("list", "namespaces"),
    Action("list", "nodes"),
    Action("list", "secrets"),
    Action("list", "pods"),
    Action("create", "namespaces"),
    Action("update", "validatingadmissionpolicies", "admissionregistration.k8s.io"),
    Action("create", "clusterrolebindings", "rbac.authorization.k8s.io"),
    Action("impersonate", "users"),
    Action("impersonate", "groups"),
)
"""Nobody's, in the whole cluster and in namespaces that are not the platform's."""


def people(standing: Standing) -> dict[str, set[str]]:
    """The roles of each person or group that the blueprint names."""
    access = standing.plan.blueprint.access
    found: dict[str, set[str]] = {}
    for role in sorted(ALL):
        for subject in getattr(access, f"{role}s"):
            found.setdefault(subject, set()).add(role)
    return found


@pytest.mark.parametrize("action", WHO_MAY, ids=str)
def test_roles_may_what_they_are_for(
    standing: Standing, control_plane: ControlPlane, action: Action
) -> None:
    client = control_plane.client()
    wrong = [
        f"{subject} ({', '.join(sorted(roles))}) in {purpose}: {not allowed}"
        for subject, roles in people(standing).items()
        for purpose, namespace in standing.namespaces.items()
        for allowed in [bool(roles & WHO_MAY[action][purpose])]
        if may(client, Person.of(subject), action, namespace) is not allowed
    ]
    assert wrong == []


def test_nobody_has_a_right_outside(standing: Standing, control_plane: ControlPlane) -> None:
    client = control_plane.client()
    elsewhere = (None, "default", "kube-system")
    wrong = [
        f"{subject}: {action} in {namespace or 'the whole cluster'}"
        for subject in people(standing)
        for action in OUTSIDE
        for namespace in elsewhere
        if may(client, Person.of(subject), action, namespace)
    ]
    assert wrong == []


def test_strangers_may_nothing(standing: Standing, control_plane: ControlPlane) -> None:
    client, stranger = control_plane.client(), Person("stranger", ("other-team",))
    wrong = [
        f"{action} in {namespace}"
        for action in WHO_MAY
        for namespace in standing.namespaces.values()
        if may(client, stranger, action, namespace)
    ]
    assert wrong == []


def test_an_admin_cannot_give_away_more(standing: Standing, control_plane: ControlPlane) -> None:
    """Who may write RoleBindings may bind no more than they have: not the whole cluster."""
    for subject in standing.plan.blueprint.access.admins:
        admin = Api(impersonating(control_plane.client(), Person.of(subject)))
        for namespace in standing.namespaces.values():
            admin.apply(_binding(namespace, f"{standing.plan.blueprint.name}-admin", "Role"))
            with pytest.raises(Refused, match="attempting to grant RBAC permissions"):
                admin.apply(_binding(namespace, "cluster-admin", "ClusterRole"), on_trial=True)
            standing.api.delete(_binding(namespace, "any", "Role"))


def _binding(namespace: str, role: str, kind: str) -> Mapping[str, Any]:
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "given-away", "namespace": namespace},
        "roleRef": {"apiGroup": group, "kind": kind, "name": role},
        "subjects": [{"apiGroup": group, "kind": "User", "name": "a-friend"}],
    }


RESULTS = {f"create {RUNS}/workflowtaskresults", f"patch {RUNS}/workflowtaskresults"}
ACCOUNTS: Mapping[str, Mapping[str, set[str]]] = {
    r"workflow-runner": {"training": RESULTS},
    r"(?P<model>.+)-promoter": {
        "production": {
            *RESULTS,
            "get apps/deployments[{model}]",
            "patch apps/deployments[{model}]",
            "get apps/deployments[{model},{model}-shadow]",
            "patch apps/deployments[{model},{model}-shadow]",
        }
    },
    # What serves an alias in the one shipped platform that has a copy of a registry.
    r"registry-copy": {
        "production": {"get apps/deployments[seam-check]", "patch apps/deployments[seam-check]"}
    },
    r"(?P<model>.+)-proposer": {"training": RESULTS, "production": {f"create {RUNS}/workflows"}},
}
"""What a workload's service account may at most do, by its name; the others may nothing."""


def allowed(account: str, purpose: str) -> set[str]:
    for pattern, by_purpose in ACCOUNTS.items():
        if found := re.fullmatch(pattern, account):
            return {text.format(**found.groupdict()) for text in by_purpose.get(purpose, ())}
    return set()


def test_accounts_may_what_they_need(standing: Standing, control_plane: ControlPlane) -> None:
    client = control_plane.client()
    common = rights(client, Person.account("default", "default"), "default")
    wrong, with_rights = [], set()
    for home, account in _accounts(standing):
        person = Person.account(home, account)
        for purpose, namespace in standing.namespaces.items():
            found = rights(client, person, namespace) - common
            with_rights |= {account} if found else set()
            if more := found - allowed(account, purpose):
                wrong.append(f"{home}/{account} in {purpose}: {sorted(more)}")
    assert wrong == []
    expected = {a for _, a in _accounts(standing) for p in ACCOUNTS if re.fullmatch(p, a)}
    assert with_rights == expected


def _accounts(standing: Standing) -> list[tuple[str, str]]:
    return [
        (namespace, item["metadata"]["name"])
        for namespace in standing.namespaces.values()
        for item in standing.api.list("v1", "ServiceAccount", namespace)
    ]


def test_pods_without_rights_hold_no_token(standing: Standing) -> None:
    """The API server adds a token of its own to every pod that does not decline it."""
    holding = [
        pod["metadata"]["name"]
        for pod in standing.pods()
        for volume in pod["spec"].get("volumes") or []
        if volume["name"].startswith("kube-api-access")
        and not any(re.fullmatch(each, pod["spec"]["serviceAccountName"]) for each in ACCOUNTS)
    ]
    assert holding == []
