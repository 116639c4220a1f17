"""Managed Service for Prometheus: what the cluster's own Prometheus sees is kept by Google as well.

In the cluster everything is as on any other site: the same monitors, rules, dashboards and queries.
Beside its Prometheus runs Google's, which exports whatever it scrapes to Cloud Monitoring: there is
no endpoint there for the remote writes of any other. Cloud Monitoring holds the same rules against
what arrives, so that an alert gets out even when the cluster cannot send it any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.catalog.images import image
from modelyard.catalog.operators import PROMETHEUS, operator
from modelyard.contracts.metrics import MetricsArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.cluster import GkeCluster
from modelyard.sites.gcp.identity import principal
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.service_accounts import project_role
from modelyard.sites.gcp.services.rule_alerts import add_rule_alert
from modelyard.sites.kubernetes.second_prometheus import add_prometheus

WRITER = "roles/monitoring.metricWriter"
_IMAGE = "google-prometheus"


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
        self._export(project_role(self, name, args.site, writer, WRITER))
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

    def _export(self, rights: pulumi.Resource) -> None:
        """Google's Prometheus. Under these labels Cloud Monitoring keeps what it exports."""
        args = self._args
        kept = {
            "cluster": args.cluster.name,
            "location": args.site.region,
            "project_id": args.site.project,
        }
        own = {
            "image": args.cluster.image(_IMAGE),
            "version": image(_IMAGE).tag.partition("-")[0],
            "externalLabels": kept,
        }
        add_prometheus(self, self._name, args, (self._exporter, "exporter"), own, [rights])


def silent(cluster: str) -> Mapping[str, Any]:
    """What the cluster's own alerts cannot tell."""
    return {
        "alert": "ClusterSilent",
        "expr": f'absent(up{{cluster="{cluster}"}})',
        "for": "10m",
        "labels": {"severity": "critical"},
        "annotations": {"summary": "No metrics arrive from the cluster"},
    }
