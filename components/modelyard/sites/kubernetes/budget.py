"""What watches the month's cost inside a cluster: quotas, and alerts on what OpenCost reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.blueprint.gpus import ClusterGpus
from modelyard.blueprint.site import ClusterSite
from modelyard.blueprint.units import show_cpu, show_memory, show_percent
from modelyard.contracts.budget import BudgetArgs
from modelyard.contracts.context import Namespace, Purpose
from modelyard.objects.objects import Objects
from modelyard.sites.kubernetes.gpu_pool import DeclaredNodes

_NAME = "budget"
_HOURS = 730
"""Hours in a month, as the plan counts them."""


class Quotas(pulumi.ComponentResource):
    """The most that each namespace may ask for, and what a container asks for that does not say."""

    def __init__(
        self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:budget:Quotas", name, None, opts)
        _limit(self, name, args)
        self.register_outputs({"namespaces": _names(args)})


class OpenCost(pulumi.ComponentResource):
    """Quotas, and an alert at each share of the budget that the month is on its way to spend."""

    def __init__(
        self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:budget:OpenCost", name, None, opts)
        _limit(self, name, args)
        if args.monitoring is not None and args.limits is not None:
            namespace = args.identity.namespaces[Purpose.PLATFORM]
            objects = Objects(self, name, args.cluster, namespace, args.context.labels(_NAME))
            objects.add(_rule(args, args.monitoring.labels))
        self.register_outputs({"namespaces": _names(args)})


def monthly_cost(namespaces: list[str]) -> str:
    """PromQL for what the namespaces cost in a month, in dollars, if it goes on as in the last day.

    Requests priced by node, and volumes: https://opencost.io/docs/integrations/metrics.
    """
    ours = f'namespace=~"{"|".join(namespaces)}"'
    hourly = " + ".join(
        (
            _priced(f"container_cpu_allocation{{{ours}}}", "node_cpu_hourly_cost"),
            _priced(
                f"container_memory_allocation_bytes{{{ours}}} / 1024 / 1024 / 1024",
                "node_ram_hourly_cost",
            ),
            _priced(f"container_gpu_allocation{{{ours}}}", "node_gpu_hourly_cost"),
            _volumes(ours),
        )
    )
    return f"avg_over_time(({hourly})[1d:1h]) * {_HOURS}"


def _priced(amount: str, price: str) -> str:
    """An amount times its price on the node it stands on; zero where there is none of it."""
    per_node = f"sum by (node) ({amount}) * on (node) max by (node) ({price})"
    return f"(sum({per_node}) or vector(0))"


def _volumes(ours: str) -> str:
    claimed = f"sum by (persistentvolume) (pod_pvc_allocation{{{ours}}}) / 1024 / 1024 / 1024"
    price = "max by (persistentvolume) (pv_hourly_cost)"
    return f"(sum({claimed} * on (persistentvolume) {price}) or vector(0))"


def _rule(args: BudgetArgs, labels: Mapping[str, str]) -> Mapping[str, Any]:
    assert args.limits is not None
    limit, cost = args.limits.monthly_usd, monthly_cost(_names(args))
    rules = [
        _alert(cost, limit, share, args.context.platform)
        for share in sorted(set(args.limits.alert_at))
    ]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": _NAME, "labels": dict(labels)},
        "spec": {"groups": [{"name": f"{args.context.platform}-budget", "rules": rules}]},
    }


def _alert(cost: str, limit: float, share: float, platform: str) -> Mapping[str, Any]:
    part = show_percent(share)
    summary = f"{platform} is on its way to {part} of its budget of ${limit:,.0f} a month"
    return {
        "alert": "BudgetShareReached",
        "expr": f"{cost} > {limit * share:.2f}",
        "for": "1h",
        "labels": {"severity": "critical" if share >= 1 else "warning", "share": part},
        "annotations": {"summary": summary, "description": "Projected: ${{ $value | humanize }}."},
    }


def _names(args: BudgetArgs) -> list[str]:
    return [namespace.name for namespace in args.identity.namespaces.values()]


def _limit(parent: pulumi.Resource, name: str, args: BudgetArgs) -> None:
    labels = args.context.labels(_NAME)
    for namespace in args.identity.namespaces.values():
        logical = f"{name}-{namespace.purpose}"
        objects = Objects(parent, logical, args.cluster, namespace, labels)
        objects.add(_object("ResourceQuota", {"hard": _hard(args, namespace)}))
        objects.add(_object("LimitRange", {"limits": [_DEFAULTS]}))


def _object(kind: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": _NAME}, "spec": spec}


_DEFAULTS = {
    "type": "Container",
    "defaultRequest": {"cpu": "100m", "memory": "128Mi"},
    "default": {"memory": "1Gi"},
}
"""For containers that say nothing: a quota refuses pods without requests."""


def _hard(args: BudgetArgs, namespace: Namespace) -> Mapping[str, str]:
    """The blueprint's quota; and nothing is exposed but through the gateway, whatever it says."""
    quota = args.site.costs.quota
    hard = {"services.loadbalancers": "0", "services.nodeports": "0"}
    if quota is None:
        return hard
    if quota.cpu:
        hard["requests.cpu"] = show_cpu(quota.cpu)
    if quota.memory:
        hard["requests.memory"] = show_memory(quota.memory)
    if quota.storage:
        hard["requests.storage"] = show_memory(quota.storage)
    if quota.gpus:
        hard |= _gpus(args, quota.gpus, namespace)
    return hard


def _gpus(args: BudgetArgs, gpus: int, namespace: Namespace) -> Mapping[str, str]:
    """Of every kind that the nodes have; the platform's own services need none."""
    declared = args.site.gpus if isinstance(args.site, ClusterSite) else ClusterGpus()
    resources = DeclaredNodes(declared).resources or ["nvidia.com/gpu"]
    most = 0 if namespace.purpose is Purpose.PLATFORM else gpus
    return {f"requests.{resource}": str(most) for resource in resources}
