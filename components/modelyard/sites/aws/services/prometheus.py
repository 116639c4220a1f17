"""Managed Prometheus: what the cluster's own Prometheus sees is kept in AWS as well.

In the cluster everything is as on any other site: the same monitors, rules, dashboards and queries.
Beside its Prometheus runs one that only forwards. AWS holds the same rules against what arrives
there, so that an alert gets out even when the cluster cannot send it any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.catalog.operators import PROMETHEUS, operator
from modelyard.contracts.account import Account
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.contracts.metrics import MetricsArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.cluster import EksCluster
from modelyard.sites.aws.logs import log_group, own_group
from modelyard.sites.aws.names import scoped
from modelyard.sites.aws.policies import allow
from modelyard.sites.aws.roles import grant, role
from modelyard.sites.aws.services.alert_topic import alert_topic
from modelyard.sites.aws.services.grafana import grafana
from modelyard.sites.aws.trust import pod_trust
from modelyard.sites.aws.vpc import AwsVpc
from modelyard.sites.kubernetes.second_prometheus import add_prometheus

SILENT = {
    "alert": "ClusterSilent",
    "expr": "absent(up)",
    "for": "10m",
    "labels": {"severity": "critical"},
    "annotations": {"summary": "No metrics arrive from the cluster"},
}
"""What the cluster's own alerts cannot tell."""


@dataclass(frozen=True, kw_only=True)
class ManagedArgs(MetricsArgs):
    site: AwsSite
    account: Account
    vpc: AwsVpc
    kms: Kms
    cluster: EksCluster


class ManagedPrometheus(pulumi.ComponentResource):
    """A workspace, what forwards to it, and whom its alerts reach."""

    def __init__(
        self, name: str, args: ManagedArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:metrics:ManagedPrometheus", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        self._forwarder = scoped(args.context, "forwarder", most=50)
        self.workspace = self._workspace()
        self._alerts()
        self._forward(self._writer())
        monitoring = args.blueprint.monitoring
        if monitoring and monitoring.grafana:
            grafana(self, name, args, self.workspace["arn"])
        self.register_outputs({"workspace": self.workspace.id})

    def keep(self, groups: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Hold the cluster's rules against what arrives, and one that it cannot hold itself."""
        whole = {**groups, "arriving": [SILENT]}
        made = [{"name": name, "rules": list(rules)} for name, rules in whole.items()]
        inputs = {
            "name": self._args.context.scope,
            "workspaceId": self.workspace.id,
            "data": json.dumps({"groups": made}, sort_keys=True),
        }
        token = "aws:amp/ruleGroupNamespace:RuleGroupNamespace"
        CloudResource(token, self._name, inputs, self._options, outputs={})

    def _workspace(self) -> CloudResource:
        args = self._args
        called = own_group(args.context, "prometheus", "/aws/vendedlogs")
        group = log_group(self, self._name, args.kms, called)
        inputs = {
            "alias": args.context.scope,
            "kmsKeyArn": args.kms.key(Encrypts.LOGS),
            "loggingConfiguration": {"logGroupArn": pulumi.Output.concat(group["arn"], ":*")},
        }
        options = pulumi.ResourceOptions(parent=self, protect=args.context.protect or None)
        seen = {"arn": str, "prometheusEndpoint": str}
        return CloudResource("aws:amp/workspace:Workspace", self._name, inputs, options, seen)

    def _alerts(self) -> None:
        args = self._args
        topic = alert_topic(self, f"{self._name}-alerts", args, self.workspace["arn"])
        to = {"topic_arn": topic["arn"], "sigv4": {"region": args.site.region}}
        config = {
            "route": {"receiver": "owner", "group_by": ["alertname", "model"]},
            "receivers": [{"name": "owner", "sns_configs": [to]}],
        }
        whole = {"alertmanager_config": pulumi.Output.json_dumps(config)}
        inputs = {
            "workspaceId": self.workspace.id,
            "definition": pulumi.Output.json_dumps(whole),
        }
        token = "aws:amp/alertManagerDefinition:AlertManagerDefinition"
        CloudResource(token, self._name, inputs, self._options, outputs={})

    def _writer(self) -> CloudResource:
        """What forwards may write to this workspace; no key is kept anywhere."""
        args, place = self._args, operator(PROMETHEUS).namespace
        trust = pod_trust(args.site, args.cluster.name, place, self._forwarder)
        called = ("operator", "prometheus")
        made = role(self, self._name, args.context, args.site, called=called, trust=trust)
        grant(self, self._name, made, [allow(["aps:RemoteWrite"], [self.workspace["arn"]])])
        inputs = {
            "clusterName": args.cluster.name,
            "namespace": place,
            "serviceAccount": self._forwarder,
            "roleArn": made["arn"],
        }
        options = pulumi.ResourceOptions(parent=self, deleted_with=args.cluster.resource)
        token = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
        return CloudResource(token, self._name, inputs, options, outputs={})

    def _forward(self, rights: pulumi.Resource) -> None:
        """What sends everything that it sees to the workspace."""
        args = self._args
        url = pulumi.Output.concat(self.workspace["prometheusEndpoint"], "api/v1/remote_write")
        own = {
            "externalLabels": {"cluster": args.cluster.name},
            "remoteWrite": [{"url": url, "sigv4": {"region": args.site.region}}],
        }
        add_prometheus(self, self._name, args, (self._forwarder, "forwarder"), own, [rights])
