"""A Prometheus beside the cluster's own, without rules, by which a cloud keeps what that sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi

from modelyard.catalog.operators import PROMETHEUS, operator
from modelyard.contracts.context import Namespace, Purpose
from modelyard.contracts.metrics import MetricsArgs
from modelyard.objects.objects import Objects

_API = "monitoring.coreos.com/v1"
READS: list[Mapping[str, Any]] = [
    {
        "apiGroups": [""],
        "resources": ["endpoints", "nodes", "nodes/metrics", "pods", "services"],
        "verbs": ["get", "list", "watch"],
    },
    {
        "apiGroups": ["discovery.k8s.io"],
        "resources": ["endpointslices"],
        "verbs": ["get", "list", "watch"],
    },
    {"nonResourceURLs": ["/metrics", "/metrics/cadvisor"], "verbs": ["get"]},
]
"""What a Prometheus has to see, and nothing to change; source: Prometheus operator, RBAC."""


def add_prometheus(
    parent: pulumi.Resource,
    name: str,
    args: MetricsArgs,
    called: tuple[str, str],
    own: Mapping[str, Any],
    after: Sequence[pulumi.Resource],
) -> None:
    """A service account that sees every target, and what runs as it.

    `called` is its name in the cluster, and in a word what it is for; `own` is what it does with
    what it sees, over what every such Prometheus has.
    """
    account, part = called
    release = args.cluster.operator(_API)
    assert release is not None  # a Prometheus of somebody else's is refused beforehand
    place = Namespace(operator(PROMETHEUS).namespace, Purpose.PLATFORM, release)
    labels = args.context.labels(part)
    inside = Objects(parent, name, args.cluster, place, labels)
    everywhere = Objects(parent, name, args.cluster, None, labels)
    before = [
        *after,
        inside.add(_account(account), part),
        *(everywhere.add(it, part) for it in _seeing(account, place.name)),
    ]
    inside.add(_prometheus(account, own), part, after=before)


def _account(name: str) -> Mapping[str, Any]:
    """The operator gives its pods the token that they need; nobody else who runs as it has one."""
    kind: dict[str, Any] = {"apiVersion": "v1", "kind": "ServiceAccount"}
    return {**kind, "automountServiceAccountToken": False, "metadata": {"name": name}}


def _seeing(account: str, namespace: str) -> Iterator[Mapping[str, Any]]:
    """A role over the whole cluster, and its binding."""
    group = "rbac.authorization.k8s.io"
    metadata = {"name": account}
    kind = {"apiVersion": f"{group}/v1", "metadata": metadata}
    yield {**kind, "kind": "ClusterRole", "rules": READS}
    yield {
        **kind,
        "kind": "ClusterRoleBinding",
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": account},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    }


def _prometheus(name: str, own: Mapping[str, Any]) -> Mapping[str, Any]:
    """For the same targets as the cluster's own."""
    everything: dict[str, Any] = {
        f"{kind}{selector}": {}
        for kind in ("serviceMonitor", "podMonitor")
        for selector in ("Selector", "NamespaceSelector")
    }
    spec = {
        **everything,
        "replicas": 1,
        "retention": "2h",
        "serviceAccountName": name,
        "resources": {"requests": {"cpu": "250m", "memory": "1Gi"}},
        "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "fsGroup": 2000},
        **own,
    }
    return {"apiVersion": _API, "kind": "Prometheus", "metadata": {"name": name}, "spec": spec}
