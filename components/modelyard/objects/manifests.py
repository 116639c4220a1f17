"""The kinds of object that nearly every workload is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from modelyard.contracts.endpoint import Endpoint, Peer
from modelyard.objects.pods import Pod

if TYPE_CHECKING:
    from pulumi import Input

Manifest = Mapping[str, Any]
NAME = "app.kubernetes.io/name"
INSTANCE = "app.kubernetes.io/instance"


def selector(name: str) -> Mapping[str, str]:
    """The label by which a workload's own pods are found."""
    return {INSTANCE: name}


def deployment(name: str, pod: Pod, replicas: int | None = 1, surge: int | None = None) -> Manifest:
    """A Deployment; `replicas` None leaves the number to an autoscaler.

    `surge` 0 takes a pod down before the next comes up: what holds a scarce GPU or a
    ReadWriteOnce volume cannot be there twice.
    """
    rolling = {"maxSurge": surge, "maxUnavailable": 1} if surge is not None else None
    spec = {
        **({} if replicas is None else {"replicas": replicas}),
        "selector": {"matchLabels": dict(selector(name))},
        **({"strategy": {"type": "RollingUpdate", "rollingUpdate": rolling}} if rolling else {}),
        "template": pod.template(),
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def stateful_set(
    name: str, pod: Pod, claims: Mapping[str, str], storage_class: str | None, replicas: int = 1
) -> Manifest:
    """A StatefulSet with volumes by name and size, such as `{data: 20Gi}`."""
    spec = {
        "serviceName": name,
        "replicas": replicas,
        "selector": {"matchLabels": dict(selector(name))},
        "template": pod.template(),
        "volumeClaimTemplates": [
            {"metadata": {"name": claim}, "spec": claim_spec(size, storage_class)}
            for claim, size in claims.items()
        ],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name},
        "spec": spec,
    }


def job(name: str, pod: Pod, retries: int = 4) -> Manifest:
    """A Job; its pod restarts `Never` or `OnFailure`."""
    spec = {"backoffLimit": retries, "template": pod.template()}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}


def cron_job(name: str, pod: Pod, schedule: str) -> Manifest:
    """A CronJob that never overlaps itself, by the clock of UTC."""
    run = {"spec": {"backoffLimit": 2, "template": pod.template()}}
    spec = {
        "schedule": schedule,
        "timeZone": "Etc/UTC",
        "concurrencyPolicy": "Forbid",
        "jobTemplate": run,
    }
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name}, "spec": spec}


def claim_spec(size: str, storage_class: str | None) -> Mapping[str, Any]:
    """What a volume is asked for; the cluster's default class when none is named."""
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}},
    }
    return spec | ({"storageClassName": storage_class} if storage_class else {})


def service(
    name: str, ports: Mapping[str, int], *, of: str | None = None, headless: bool = False
) -> Manifest:
    """A Service before the pods of `selector(of)`; ports by name, as the pods have them.

    It carries the same label, by which a ServiceMonitor finds it. `of` is its own name when left
    out.
    """
    pods = dict(selector(of or name))
    spec: dict[str, Any] = {
        "selector": pods,
        "ports": [{"name": n, "port": p, "targetPort": n} for n, p in ports.items()],
    }
    if headless:
        spec["clusterIP"] = "None"
    metadata = {"name": name, "labels": pods}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def config_map(name: str, data: Mapping[str, Input[str]]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": dict(data),
    }


def disruption_budget(name: str) -> Manifest:
    """At most one pod goes at a time when nodes are drained."""
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": dict(selector(name))}}
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": spec,
    }


def autoscaler(name: str, fewest: int, most: int, cpu_percent: int = 70) -> Manifest:
    """Has the Deployment of that name follow its load."""
    target = {"type": "Utilization", "averageUtilization": cpu_percent}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": fewest,
        "maxReplicas": most,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": spec,
    }


def network_policy(
    name: str,
    pods: Mapping[str, str],
    *,
    ingress: Mapping[int, Sequence[Peer]] | None = None,
    egress: Sequence[Endpoint] = (),
    internet: Sequence[int] = (),
) -> Manifest:
    """What may reach these pods on which port, and what they may reach.

    `internet` are ports open to every address outside the cluster's own ranges' control: used
    where weights are fetched from a hub, which no NetworkPolicy can name.
    """
    spec: dict[str, Any] = {
        "podSelector": {"matchLabels": dict(pods)},
        "policyTypes": [
            *(["Ingress"] if ingress else []),
            *(["Egress"] if egress or internet else []),
        ],
    }
    if ingress:
        spec["ingress"] = [
            {"from": [_peer(peer) for peer in peers], "ports": _ports(port)}
            for port, peers in ingress.items()
            if peers
        ]
    if egress or internet:
        spec["egress"] = [*map(_to, egress), *({"ports": _ports(port)} for port in internet)]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": spec,
    }


def _to(endpoint: Endpoint) -> Mapping[str, Any]:
    """To the pods behind an endpoint, or, outside the cluster, to its port: in the networks it is
    in, or anywhere where nobody knows those.
    """
    pods = [_peer(endpoint.peer)] if endpoint.peer else []
    to = pods or [{"ipBlock": {"cidr": each}} for each in endpoint.networks]
    return {**({"to": to} if to else {}), "ports": _ports(endpoint.port)}


def _ports(port: int) -> list[Mapping[str, Any]]:
    return [{"port": port, "protocol": "TCP"}]


def _peer(peer: Peer) -> Mapping[str, Any]:
    namespace = {"matchLabels": {"kubernetes.io/metadata.name": peer.namespace}}
    pods = {"podSelector": {"matchLabels": dict(peer.labels)}} if peer.labels else {}
    return {"namespaceSelector": namespace, **pods}


def service_monitor(
    name: str,
    port: str,
    labels: Mapping[str, str],
    path: str = "/metrics",
    *,
    honor_labels: bool = False,
) -> Manifest:
    """Has Prometheus come for metrics to the Service of that name.

    `honor_labels`: what is told there is of others, and has their labels.
    """
    theirs = {"honorLabels": True} if honor_labels else {}
    spec = {
        "selector": {"matchLabels": dict(selector(name))},
        "endpoints": [{"port": port, "path": path, "interval": "30s", **theirs}],
    }
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": {"name": name, "labels": dict(labels)},
        "spec": spec,
    }
