"""Managed Service for Prometheus: what the cluster's own Prometheus sees is kept by Google as well.

In the cluster everything is as on any other site: the same monitors, rules, dashboards and queries.
Beside its Prometheus runs Google's, which exports whatever it scrapes to Cloud Monitoring: there is
no endpoint there for the remote writes of any other. Cloud Monitoring holds the same rules against
what arrives, so that an alert gets out even when the cluster cannot send it any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.catalog.images import image
from modelyard.catalog.operators import PROMETHEUS, operator
from modelyard.contracts.context import Namespace, Purpose
from modelyard.contracts.metrics import MetricsArgs
from modelyard.objects.cloud import CloudResource
from modelyard.objects.objects import Objects
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.cluster import GkeCluster
from modelyard.sites.gcp.identity import principal
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.service_accounts import project_role
from modelyard.sites.gcp.services.rule_alerts import add_rule_alert

WRITER = "roles/monitoring.metricWriter"
_API = "monitoring.coreos.com/v1"
_IMAGE = "google-prometheus"
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


@dataclass(frozen=True, kw_only=True)
class ManagedArgs(MetricsArgs):
    site: GcpSite
    account: GcpProject
    cluster: GkeCluster


class ManagedPrometheus(pulumi.ComponentResource):
    """What exports to Cloud Monitoring, and whom its alerts reach."""

    def __init__(
        self, name: str, args: ManagedArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:metrics:ManagedPrometheus", name, None, opts)
        self._name, self._args = name, args
        self._exporter = scoped(args.context, "exporter", most=50)
        place = operator(PROMETHEUS).namespace
        writer = principal(args.account, place, self._exporter)
        self._export(place, project_role(self, name, args.site, writer, WRITER))
        self.register_outputs({"exporter": self._exporter})

    def keep(self, groups: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Hold the cluster's rules against what arrives, and one that it cannot hold itself."""
        whole = {**groups, "arriving": [silent(self._args.cluster.name)]}
        for group, rules in whole.items():
            for rule in rules:
                self._alert(group, rule)

    def _alert(self, group: str, rule: Mapping[str, Any]) -> CloudResource:
        context, account = self._args.context, self._args.account
        return add_rule_alert(self, self._name, context, account, group, rule)

    def _export(self, namespace: str, rights: pulumi.Resource) -> None:
        """A service account that sees every target, and what runs as it."""
        args = self._args
        release = args.cluster.operator(_API)
        assert release is not None  # a Prometheus of somebody else's is refused beforehand
        place = Namespace(namespace, Purpose.PLATFORM, release)
        labels = args.context.labels("exporter")
        inside = Objects(self, self._name, args.cluster, place, labels)
        everywhere = Objects(self, self._name, args.cluster, None, labels)
        account = {"apiVersion": "v1", "kind": "ServiceAccount"}
        before = [
            rights,
            inside.add({**account, "metadata": {"name": self._exporter}}, "exporter"),
            *(everywhere.add(it, "exporter") for it in _seeing(self._exporter, namespace)),
        ]
        inside.add(_exporter(self._exporter, args), "exporter", after=before)


def silent(cluster: str) -> Mapping[str, Any]:
    """What the cluster's own alerts cannot tell."""
    return {
        "alert": "ClusterSilent",
        "expr": f'absent(up{{cluster="{cluster}"}})',
        "for": "10m",
        "labels": {"severity": "critical"},
        "annotations": {"summary": "No metrics arrive from the cluster"},
    }


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


def _exporter(name: str, args: ManagedArgs) -> Mapping[str, Any]:
    """Google's Prometheus without rules, for the same targets as the cluster's own.

    Under these labels Cloud Monitoring keeps what it exports.
    """
    everything: dict[str, Any] = {
        f"{kind}{selector}": {}
        for kind in ("serviceMonitor", "podMonitor")
        for selector in ("Selector", "NamespaceSelector")
    }
    site, cluster = args.site, args.cluster.name
    spec = {
        **everything,
        "replicas": 1,
        "retention": "2h",
        "image": args.cluster.image(_IMAGE),
        "version": image(_IMAGE).tag.partition("-")[0],
        "serviceAccountName": name,
        "externalLabels": {
            "cluster": cluster,
            "location": site.region,
            "project_id": site.project,
        },
        "resources": {"requests": {"cpu": "250m", "memory": "1Gi"}},
        "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "fsGroup": 2000},
    }
    return {"apiVersion": _API, "kind": "Prometheus", "metadata": {"name": name}, "spec": spec}
