"""Asks the API server who may do what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kubernetes.client import ApiClient, AuthorizationV1Api

AUTHENTICATED = "system:authenticated"


@dataclass(frozen=True)
class Person:
    """Somebody with a name and groups, as an API server sees them once they have logged in."""

    name: str
    groups: tuple[str, ...] = ()

    @property
    def is_account(self) -> bool:
        return self.name.startswith("system:serviceaccount:")

    @classmethod
    def of(cls, subject: str) -> Person:
        """Whom the blueprint means by `group:NAME`, `user:NAME` or a plain address."""
        kind, _, name = subject.rpartition(":")
        return cls("somebody", (name,)) if kind == "group" else cls(name)

    @classmethod
    def account(cls, namespace: str, name: str) -> Person:
        """A service account."""
        everywhere = "system:serviceaccounts"
        return cls(
            f"system:serviceaccount:{namespace}:{name}", (everywhere, f"{everywhere}:{namespace}")
        )


@dataclass(frozen=True)
class Action:
    """A verb on a resource: `create pods/exec`, `patch apps/deployments`."""

    verb: str
    resource: str
    group: str = ""
    subresource: str = ""

    def __str__(self) -> str:
        parts = (self.group, self.resource, self.subresource)
        return f"{self.verb} {'/'.join(part for part in parts if part)}"


def may(client: ApiClient, person: Person, action: Action, namespace: str | None) -> bool:
    """Whether somebody may do something in a namespace; None asks for the whole cluster."""
    wanted = {
        "verb": action.verb,
        "group": action.group,
        "resource": action.resource,
        "subresource": action.subresource,
        "namespace": namespace or "",
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": person.name,
            "groups": [*person.groups, AUTHENTICATED],
            "resourceAttributes": wanted,
        },
    }
    return AuthorizationV1Api(client).create_subject_access_review(review).status.allowed


def impersonating(client: ApiClient, person: Person) -> ApiClient:
    """A client that acts as somebody else."""
    acting = ApiClient(client.configuration)
    acting.set_default_header("Impersonate-User", person.name)
    # The server adds what every service account and everybody who has logged in belongs to. Of
    # other groups the client can send one: a header is a name with one value to it.
    for group in person.groups[:1] if not person.is_account else ():
        acting.set_default_header("Impersonate-Group", group)
    return acting


def rights(client: ApiClient, person: Person, namespace: str) -> set[str]:
    """All that somebody may do in a namespace, as `verb group/resource[names]`."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    api = AuthorizationV1Api(impersonating(client, person))
    found = api.create_self_subject_rules_review(review).status.resource_rules
    return {text for rule in found for text in _texts(rule)}


def _texts(rule: Any) -> Iterator[str]:
    named: Sequence[str] = rule.resource_names or ()
    only = f"[{','.join(named)}]" if named else ""
    for verb in rule.verbs:
        for group in rule.api_groups or ():
            for resource in rule.resources or ():
                yield f"{verb} {group + '/' if group else ''}{resource}{only}"
