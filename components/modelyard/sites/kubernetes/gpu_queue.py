"""A fair queue before the GPUs, by Kueue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.units import show_cpu, show_memory
from modelyard.contracts.context import Purpose
from modelyard.contracts.gpu_pool import GpuPoolArgs
from modelyard.objects.objects import Objects

_API = "kueue.x-k8s.io/v1beta2"
QUEUE = "gpus"
"""Name of the queue in the namespaces that may use it."""
_USERS = (Purpose.TRAINING, Purpose.PRODUCTION)


@dataclass(frozen=True, kw_only=True)
class NodeQuota:
    """What the queue may give away of one kind of node."""

    name: str
    labels: Mapping[str, str]
    tolerations: tuple[Mapping[str, Any], ...]
    resource: str
    gpus: int
    cpu: int | None
    """Thousandths of a core; None when the blueprint does not say."""
    memory: int | None
    """Bytes."""


def make_queue(
    name: str, args: GpuPoolArgs, quotas: list[NodeQuota], parent: pulumi.Resource
) -> None:
    """A flavor for each kind of node, one quota over them, and the way in from each namespace."""
    scope, labels = args.context.scope, args.context.labels("queue")
    everywhere = Objects(parent, name, args.cluster, None, labels)
    flavors = [everywhere.add(_flavor(scope, quota), quota.name) for quota in quotas]
    namespaces = [args.identity.namespaces[purpose] for purpose in _USERS]
    spec = _cluster_queue(scope, quotas, [n.name for n in namespaces])
    queue = everywhere.add(_object("ClusterQueue", scope, spec), after=flavors)
    for namespace in namespaces:
        inside = Objects(parent, f"{name}-{namespace.purpose}", args.cluster, namespace, labels)
        inside.add(_object("LocalQueue", QUEUE, {"clusterQueue": scope}), after=[queue])


def _object(kind: str, name: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"apiVersion": _API, "kind": kind, "metadata": {"name": name}, "spec": spec}


def _flavor(scope: str, quota: NodeQuota) -> Mapping[str, Any]:
    spec = {"nodeLabels": dict(quota.labels), "tolerations": [dict(t) for t in quota.tolerations]}
    return _object("ResourceFlavor", f"{scope}-{quota.name}", spec)


def _cluster_queue(scope: str, quotas: list[NodeQuota], namespaces: list[str]) -> Mapping[str, Any]:
    """One group for each resource name: flavors of a group cover the same resources."""
    names = sorted({quota.resource for quota in quotas})
    # CPU and memory can be counted in one group only: that of the first resource.
    groups = [
        _group(scope, name, [q for q in quotas if q.resource == name], whole=name == names[0])
        for name in names
    ]
    within = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": namespaces}
    return {
        "resourceGroups": groups,
        "namespaceSelector": {"matchExpressions": [within]},
        "queueingStrategy": "BestEffortFIFO",
        "preemption": {"withinClusterQueue": "LowerPriority"},
    }


def _group(scope: str, resource: str, quotas: list[NodeQuota], *, whole: bool) -> Mapping[str, Any]:
    covered = ["cpu", "memory", resource] if whole else [resource]
    return {
        "coveredResources": covered,
        "flavors": [
            {
                "name": f"{scope}-{quota.name}",
                "resources": [{"name": n, "nominalQuota": _amount(quota, n)} for n in covered],
            }
            for quota in quotas
        ],
    }


def _amount(quota: NodeQuota, name: str) -> str:
    """A queue refuses what it has no quota for; what the blueprint leaves open is plenty."""
    if name == "cpu":
        return show_cpu(quota.cpu) if quota.cpu else "100000"
    if name == "memory":
        return show_memory(quota.memory) if quota.memory else "1Pi"
    return str(quota.gpus)
