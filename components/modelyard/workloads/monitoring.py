"""Monitoring: alerts, dashboards and scraping, around a Prometheus of ours or one that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pulumi

from modelyard.blueprint import business
from modelyard.blueprint.site import ClusterSite
from modelyard.catalog.alerts import Group
from modelyard.catalog.dashboards import dashboards
from modelyard.catalog.metrics import Scrape, exporters
from modelyard.catalog.operators import PROMETHEUS, operator
from modelyard.contracts.context import Namespace, Purpose
from modelyard.contracts.endpoint import Endpoint, Peer
from modelyard.contracts.monitoring import SENDER, MonitoringArgs
from modelyard.contracts.registry import Login
from modelyard.objects.manifests import Manifest, network_policy
from modelyard.objects.objects import Objects
from modelyard.workloads.alerts import (
    business_rules,
    check_rules,
    model_rules,
    operators_of,
    platform_rules,
    platform_values,
    prometheus_rule,
)
from modelyard.workloads.central_metrics import CentralMetrics
from modelyard.workloads.dashboards import business_dashboard, dashboard_maps
from modelyard.workloads.pushgateway import pushgateway

_PODS = {"app.kubernetes.io/name": "prometheus"}
"""Label that Prometheus's operator gives to the pods of Prometheus."""
_SECRET = "secret://"


class PrometheusStack(pulumi.ComponentResource):
    """Prometheus, Alertmanager and Grafana by the kube-prometheus-stack chart, which the cluster
    installs with the settings of the blueprint; here is what they watch, warn of and show.
    """

    def __init__(
        self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:monitoring:PrometheusStack", name, None, opts)
        namespace = operator(PROMETHEUS).namespace
        self.labels: Mapping[str, str] = {"release": PROMETHEUS}
        self.scraper = Peer(namespace, _PODS)
        host = f"{PROMETHEUS}-prometheus.{namespace}.svc"
        self.prometheus = self.endpoint = Endpoint(host=host, port=9090, peer=self.scraper)
        watch = _Watch(self, name, args, self.labels, self.scraper)
        self.pushgateway = watch.make()
        if args.metrics:
            args.metrics.keep(watch.groups)
        central = CentralMetrics(self, name, args) if args.senders else None
        self.senders: Mapping[str, Login] = central.make() if central else {}
        release = args.cluster.operator("monitoring.coreos.com/v1")
        if release is not None:
            self._bring_secrets(args, Namespace(namespace, Purpose.PLATFORM, release))
        self.register_outputs({"url": self.prometheus.url})

    def _bring_secrets(self, args: MonitoringArgs, place: Namespace) -> None:
        """The secret address that alerts go to, where Alertmanager mounts it, and what this site
        logs in with where it sends its metrics to.
        """
        reference = args.settings.alert_to or ""
        if reference.startswith(_SECRET):
            args.secrets.refer(reference, place, parent=self)
        if args.far is not None:
            login = args.far.senders[args.site_plan.name]
            args.secrets.store(SENDER, place, login, self)


class AttachedPrometheus(pulumi.ComponentResource):
    """A Prometheus that is there already and is run by its operator: it finds our objects by the
    labels that the blueprint names. Dashboards are left for a Grafana with a sidecar to find.
    """

    def __init__(
        self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:monitoring:AttachedPrometheus", name, None, opts)
        attach = args.settings.attach
        if attach is None:
            raise ValueError(f"{name}: monitoring has no `attach` section to take Prometheus from")
        self.labels: Mapping[str, str] = dict(attach.labels)
        self.scraper = Peer(attach.namespace)
        self.prometheus = self.endpoint = Endpoint.at(attach.url, self.scraper)
        self.senders: Mapping[str, Login] = {}
        self.pushgateway = _Watch(self, name, args, self.labels, self.scraper).make()
        self.register_outputs({"url": self.prometheus.url})


@dataclass(frozen=True)
class _Watch:
    """What Prometheus is given to do, whoever runs it."""

    parent: pulumi.Resource
    name: str
    args: MonitoringArgs
    found_by: Mapping[str, str]
    scraper: Peer

    def make(self) -> Endpoint | None:
        """Returns where jobs push to, where there are any."""
        objects = self._objects()
        for part, rule in self._rules():
            objects.add(rule, part=part)
        for part, monitor in self._monitors():
            objects.add(monitor, part=part)
        for manifest in self._dashboards():
            objects.add(manifest, part=manifest["metadata"]["name"])
        if not self.args.watches:
            return None
        return pushgateway(self.parent, objects, self.args, self.found_by, self.scraper)

    def _objects(self) -> Objects:
        namespace = self.args.identity.namespaces[Purpose.PLATFORM]
        labels = self.args.context.labels("monitoring")
        return Objects(self.parent, self.name, self.args.cluster, namespace, labels)

    @cached_property
    def groups(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """The alert rules, by what they are about; groups without a rule are left out."""
        made: tuple[Group, ...] = ("platform", "gpus") if self._accelerated() else ("platform",)
        found = {
            **{name: platform_rules(self.args, name) for name in made},
            "business": business_rules(self.args) if self._keeps else [],
            **{
                f"model-{model.name}": model_rules(self.args, model, plan)
                for model, plan in self.args.models
            },
            **{
                name: rules
                for watch in self.args.watches
                for name, rules in check_rules(self.args, watch)
            },
        }
        return {name: rules for name, rules in found.items() if rules}

    @property
    def _keeps(self) -> bool:
        """Whether metrics of the whole platform come together here."""
        return self.args.far is None

    def _rules(self) -> Iterator[tuple[str, Manifest]]:
        for name, rules in self.groups.items():
            group = f"{self.args.context.scope}-{name}"
            yield name, prometheus_rule(name, group, rules, self.found_by)

    def _monitors(self) -> Iterator[tuple[str, Manifest]]:
        for exporter in exporters().values():
            if set(exporter.when) & self._brought():
                for position, scrape in enumerate(exporter.scrape):
                    name = f"{exporter.id}-{position}" if position else exporter.id
                    yield name, pod_monitor(name, scrape, self.found_by)
                    yield from self._opening(name, scrape)

        for told in self.args.settings.scrape if self._keeps else ():
            yield f"application-{told.name}", application_monitor(told, self.found_by)

    def _brought(self) -> set[str]:
        """Operators in the cluster; GPUs that somebody else looks after count as watched too."""
        operators = set(operators_of(self.args))
        site = self.args.site
        if isinstance(site, ClusterSite) and site.gpus.nodes and site.gpus.engine == "attach":
            return operators | {"dcgm-exporter"}
        return operators

    def _accelerated(self) -> bool:
        """Whether there are accelerators: declared nodes, or those that models bring along."""
        site = self.args.site
        if isinstance(site, ClusterSite):
            return bool(site.gpus.nodes)
        return any(plan.count for _, plan in self.args.models)

    def _opening(self, name: str, scrape: Scrape) -> Iterator[tuple[str, Manifest]]:
        """Lets Prometheus in to pods that stand behind the platform's own default-deny."""
        if scrape.ours and scrape.number:
            ingress = {scrape.number: [self.scraper]}
            yield name, network_policy(f"{name}-metrics", scrape.pods, ingress=ingress)

    def _dashboards(self) -> Iterator[Manifest]:
        operators = operators_of(self.args)
        wanted = {"gpus": self._accelerated(), "cost": "opencost" in operators}
        wanted["checks"] = bool(self.args.watches)
        shown = [board for name, board in dashboards().items() if wanted.get(name, True)]
        if self._keeps and self.args.settings.business:
            shown.append(business_dashboard(self.args.settings.business))
        return dashboard_maps(self.args.context.scope, shown, platform_values(self.args))


def pod_monitor(name: str, scrape: Scrape, labels: Mapping[str, str]) -> Manifest:
    """Has Prometheus come for metrics to pods, wherever in the cluster they are."""
    endpoint = {"port": scrape.port, "path": scrape.path, "interval": "30s"}
    spec = {
        "namespaceSelector": {"any": True},
        "selector": {"matchLabels": dict(scrape.pods)},
        "podMetricsEndpoints": [{**endpoint, "honorLabels": scrape.honor_labels}],
    }
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": {"name": name, "labels": dict(labels)},
        "spec": spec,
    }


def application_monitor(told: business.Scrape, labels: Mapping[str, str]) -> Manifest:
    """Has Prometheus come to an application of the team's, in the namespace that it is in."""
    scrape = Scrape(pods=told.pods, port=told.port, path=told.path)
    monitor = pod_monitor(f"application-{told.name}", scrape, labels)
    where = {"namespaceSelector": {"matchNames": [told.namespace]}}
    return {**monitor, "spec": {**monitor["spec"], **where}}
