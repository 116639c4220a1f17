"""Who may do what in the platform's namespaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.contracts.access import AccessArgs
from modelyard.contracts.context import Purpose
from modelyard.objects.manifests import Manifest
from modelyard.objects.objects import Objects

_RBAC = "rbac.authorization.k8s.io"
_READ = ("get", "list", "watch")
_WRITE = ("create", "update", "patch", "delete", "deletecollection")


@dataclass(frozen=True)
class Rule:
    """What may be done with resources of some API groups; `""` is the core group."""

    groups: Sequence[str]
    resources: Sequence[str]
    verbs: Sequence[str]

    def manifest(self) -> Mapping[str, Any]:
        return {
            "apiGroups": list(self.groups),
            "resources": list(self.resources),
            "verbs": list(self.verbs),
        }


# Neither secrets nor what leads to them: `exec` and `attach` show a container's environment, and
# `serviceaccounts/token` gives its identity away.
SEE_CORE = Rule(
    [""],
    [
        "configmaps",
        "endpoints",
        "events",
        "limitranges",
        "persistentvolumeclaims",
        "pods",
        "pods/log",
        "resourcequotas",
        "serviceaccounts",
        "services",
    ],
    _READ,
)
# No kind of these groups holds a secret value.
SEE_WORKLOADS = Rule(
    [
        "apps",
        "argoproj.io",
        "autoscaling",
        "batch",
        "cert-manager.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "external-secrets.io",
        "gateway.networking.k8s.io",
        "keda.sh",
        "kueue.x-k8s.io",
        "metrics.k8s.io",
        "monitoring.coreos.com",
        "networking.k8s.io",
        "policy",
        "postgresql.cnpg.io",
        "serving.kserve.io",
    ],
    ["*"],
    _READ,
)
SEE = (SEE_CORE, SEE_WORKLOADS)
# Verbs are listed, so that `escalate`, `bind` and `impersonate` are not among them.
RUN_EVERYTHING = (Rule(["*"], ["*"], (*_READ, *_WRITE)),)
# To submit a run and to take it away again. Not `update` or `patch`: who may change a workflow may
# resume one that somebody else has to let go on.
SUBMIT = (
    Rule(["argoproj.io"], ["workflows"], ("create", "delete")),
    Rule(["batch"], ["jobs"], ("create", "delete")),
)
# Promotion runs in production, from the platform's own templates only: to let a version in is to
# update the run that waits, to go back is to start a rollback.
APPROVE = (Rule(["argoproj.io"], ["workflows"], ("create", "update", "patch")),)

RULES: Mapping[str, Mapping[Purpose, tuple[Rule, ...]]] = {
    "admin": {
        Purpose.PLATFORM: RUN_EVERYTHING,
        Purpose.TRAINING: RUN_EVERYTHING,
        Purpose.PRODUCTION: RUN_EVERYTHING,
    },
    "developer": {
        Purpose.PLATFORM: SEE,
        Purpose.TRAINING: (*SEE, *SUBMIT),
        Purpose.PRODUCTION: SEE,
    },
    "viewer": {
        Purpose.PLATFORM: SEE,
        Purpose.TRAINING: SEE,
        Purpose.PRODUCTION: SEE,
    },
    "approver": {
        Purpose.TRAINING: SEE,
        Purpose.PRODUCTION: (*SEE, *APPROVE),
    },
}
"""What each role may do where. A purpose that is not listed is closed to the role."""


class Roles(pulumi.ComponentResource):
    """The blueprint's people and groups, bound to namespaced roles; nothing for the whole cluster.

    A role that nobody has is not made.
    """

    def __init__(
        self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:access:Roles", name, None, opts)
        for role, rules in RULES.items():
            people = subjects(getattr(args.settings, f"{role}s"))
            for purpose, granted in rules.items() if people else ():
                objects = self._objects(name, args, purpose)
                title = f"{args.context.platform}-{role}"
                for manifest in _granted(title, granted, people):
                    objects.add(manifest, part=f"{role}-{purpose}")
        self.register_outputs({"roles": sorted(RULES)})

    def _objects(self, name: str, args: AccessArgs, purpose: Purpose) -> Objects:
        labels = args.context.labels("access")
        return Objects(self, name, args.cluster, args.identity.namespaces[purpose], labels)


def _granted(
    name: str, rules: Sequence[Rule], people: list[Mapping[str, str]]
) -> Iterator[Manifest]:
    """A role and who has it."""
    head = {"apiVersion": f"{_RBAC}/v1", "metadata": {"name": name}}
    yield {**head, "kind": "Role", "rules": [rule.manifest() for rule in rules]}
    reference = {"apiGroup": _RBAC, "kind": "Role", "name": name}
    yield {**head, "kind": "RoleBinding", "roleRef": reference, "subjects": people}


def subjects(names: Sequence[str]) -> list[Mapping[str, str]]:
    """`group:NAME` as a group; `user:NAME` and plain addresses as users.

    A cloud's cluster puts whoever takes the role NAME into the group `role:NAME`.
    """
    return [_subject(name) for name in names]


def _subject(name: str) -> Mapping[str, str]:
    prefix, _, rest = name.partition(":")
    if prefix == "role":
        return {"apiGroup": _RBAC, "kind": "Group", "name": name}
    kind = "Group" if prefix == "group" else "User"
    return {"apiGroup": _RBAC, "kind": kind, "name": rest or name}
