"""How many replicas: after the queue of the engine, or after CPU load."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modelyard.contracts.context import Purpose
from modelyard.plan.autoscaling import KEDA, autoscaler
from modelyard.workloads.serving import endpoints

if TYPE_CHECKING:
    from modelyard.contracts.serving import ServingArgs
    from modelyard.workloads.serving.engine import Engine, Trigger

BUSY = 0.8
"""Share of what a replica takes at a time from which on another is wanted."""
CPU_PERCENT = 70
STAYING_SECONDS = 300
"""How long load has to be low: weights take minutes to load again."""


def scaler(args: ServingArgs, engine: Engine, deployment: str) -> Mapping[str, Any] | None:
    """What scales a Deployment; None when its number is fixed.

    Raises LookupError when there is nothing to ask about the queue.
    """
    fewest, most = args.model_plan.replicas
    if most == fewest:
        return None
    if autoscaler(args.model) == KEDA:
        return _on_queue(args, engine, deployment)
    return _on_cpu(args, deployment)


def _on_queue(args: ServingArgs, engine: Engine, deployment: str) -> Mapping[str, Any]:
    if args.monitoring is None:
        raise LookupError(f"'{args.model.name}' scales on its queue, and nothing watches that")
    address = args.monitoring.prometheus.url
    fewest, most = args.model_plan.replicas
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment},
        "minReplicaCount": fewest,
        "maxReplicaCount": most,
        "pollingInterval": 15,
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behaviour()}},
        "triggers": [_trigger(args, trigger, address) for trigger in engine.triggers],
    }
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": args.model.name},
        "spec": spec,
    }


def _trigger(args: ServingArgs, trigger: Trigger, address: str) -> Mapping[str, Any]:
    namespace = args.identity.namespaces[Purpose.PRODUCTION].name
    service = endpoints.service(args.model, args.model_plan.engine)
    series = f'namespace="{namespace}",service="{service}"'
    return {
        "type": "prometheus",
        "metricType": "AverageValue" if trigger.each else "Value",
        "metadata": {
            "serverAddress": address,
            "query": trigger.query.replace("{series}", f"{{{series}}}"),
            "threshold": f"{trigger.threshold:g}",
        },
    }


def _on_cpu(args: ServingArgs, deployment: str) -> Mapping[str, Any]:
    fewest, most = args.model_plan.replicas
    target = {"type": "Utilization", "averageUtilization": CPU_PERCENT}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment},
        "minReplicas": fewest,
        "maxReplicas": most,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        "behavior": _behaviour(),
    }
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": args.model.name},
        "spec": spec,
    }


def _behaviour() -> Mapping[str, Any]:
    return {"scaleDown": {"stabilizationWindowSeconds": STAYING_SECONDS}}


def busy(concurrency: int | None) -> float:
    """Requests a replica takes before another one is wanted."""
    return max(1.0, round(BUSY * (concurrency or 1), 1))
