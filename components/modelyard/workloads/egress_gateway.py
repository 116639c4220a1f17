"""What takes requests of a site to another one, over the internet: the only one with a key.

Clients ask `mlflow-at-hub` as they would ask a registry of their own; NetworkPolicies let them
there, and not outside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

import pulumi

from modelyard.contracts.authority import site_name
from modelyard.contracts.context import Purpose
from modelyard.contracts.east_west import EgressArgs
from modelyard.contracts.endpoint import Endpoint, Peer
from modelyard.contracts.link import Tunnel
from modelyard.contracts.monitoring import Monitoring
from modelyard.objects import manifests
from modelyard.objects.manifests import Manifest, selector
from modelyard.objects.objects import Objects
from modelyard.objects.pods import DIGEST, Container, Pod, Resources
from modelyard.objects.there import PORT, egress_name, service_there
from modelyard.plan.offered import host
from modelyard.plan.tags import DOMAIN
from modelyard.workloads import egress_config
from modelyard.workloads.alerts import prometheus_rule, rules_about
from modelyard.workloads.egress_config import CERTIFICATES, CONFIG, SEEN

IMAGE = "envoy"
_OUT = Endpoint(host="", port=443)
"""Wherever the other site's names lead; its certificate says that it is that one."""


class EgressGateway(pulumi.ComponentResource):
    """Envoy, with a certificate of this site; two where data are sensitive."""

    tunnels: tuple[Tunnel, ...] = ()

    def __init__(
        self, name: str, args: EgressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:link:EgressGateway", name, None, opts)
        self._name, self._args, self._far = name, args, args.way.far.site
        self._called = egress_name(self._far)
        self._namespace = args.identity.namespaces[Purpose.PLATFORM]
        labels = args.context.labels("egress")
        self._objects = Objects(self, name, args.cluster, self._namespace, labels)
        own = site_name(args.context, args.way.near.site)
        pair = args.authority.client(name, own, self)
        self._certificate = args.secrets.store(self._called, self._namespace, pair, self)
        self._account = args.identity.workload(self._called, Purpose.PLATFORM, parent=self)
        self._config = self._told_to_envoy()
        self._network()
        self._serve()
        self.told: Mapping[str, pulumi.Input[str]] = {}
        self.register_outputs({"told": self.told})

    def _told_to_envoy(self) -> Mapping[str, str]:
        args = self._args
        config = egress_config.envoy_config(args.asked, self._far, args.domain_there)
        files = {"envoy.json": config, **egress_config.secret_files()}
        return {file: json.dumps(text, sort_keys=True) for file, text in files.items()}

    def _network(self) -> None:
        """In from the platform's namespaces, its gateway and what sends metrics; out by HTTPS."""
        spaces = [Peer(space.name) for space in self._args.identity.namespaces.values()]
        gateway, monitoring = self._args.ingress, self._args.monitoring
        scraper = [monitoring.scraper] if monitoring else []
        callers = [*spaces, *([gateway.peer] if gateway else []), *scraper]
        ingress = {PORT: callers, SEEN: scraper}
        pods = selector(self._called)
        policy = manifests.network_policy(self._called, pods, ingress=ingress, egress=[_OUT])
        self._objects.add(policy)
        for name in self._args.asked:
            self._objects.add(self._service(name), name)
        if monitoring:
            self._watch(monitoring)

    def _watch(self, monitoring: Monitoring) -> None:
        """What it measures, and what to warn of."""
        self._objects.add(_pod_monitor(self._called, monitoring.labels))
        values = {"namespace": self._namespace.name, "workload": self._called, "site": self._far}
        rules = rules_about("link", self._args.context, values)
        rule = prometheus_rule(self._called, self._called, rules, monitoring.labels)
        self._objects.add(rule)

    def _service(self, name: str) -> Manifest:
        """All names lead to the same pods, which tell them apart."""
        port = {"name": "http", "port": PORT, "targetPort": "http"}
        spec = {"selector": dict(selector(self._called)), "ports": [port]}
        there = host(self._args.domain_there, name)
        metadata = {
            "name": service_there(name, self._far),
            "annotations": {f"{DOMAIN}/leads-to": there},
        }
        return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}

    def _serve(self) -> None:
        config = manifests.config_map(self._called, self._config)
        before = [self._objects.add(config), self._certificate.resource]
        replicas = 2 if self._args.context.sensitive else 1
        if replicas > 1:
            self._objects.add(manifests.disruption_budget(self._called))
        deployment = manifests.deployment(self._called, self._pod(), replicas)
        self._objects.add(deployment, after=before)

    def _pod(self) -> Pod:
        """Anew with other settings; with another certificate it goes on."""
        digest = sha256(json.dumps(self._config, sort_keys=True).encode()).hexdigest()[:16]
        return Pod(
            containers=[self._envoy()],
            service_account=self._account.name,
            volumes={
                "config": {"configMap": {"name": self._called}},
                "certificates": {"secret": {"secretName": self._called, "defaultMode": 0o440}},
            },
            spread=selector(self._called),
            labels={**self._args.context.labels("egress"), **selector(self._called)},
            annotations={DIGEST: digest},
        )

    def _envoy(self) -> Container:
        return Container(
            name="envoy",
            image=self._args.cluster.image(IMAGE),
            resources=Resources(cpu="50m", memory="128Mi"),
            command=["envoy"],
            args=["--config-path", f"{CONFIG}/envoy.json", "--disable-hot-restart"],
            ports={"http": PORT, "metrics": SEEN},
            health=SEEN,
            mounts={CONFIG: "config", CERTIFICATES: "certificates"},
        )


def _pod_monitor(name: str, labels: Mapping[str, str]) -> Manifest:
    """Its metrics. No Service has the port, which is for Prometheus alone."""
    endpoint = {"port": "metrics", "path": "/stats/prometheus", "interval": "30s"}
    spec = {"selector": {"matchLabels": dict(selector(name))}, "podMetricsEndpoints": [endpoint]}
    metadata = {"name": name, "labels": dict(labels)}
    api = "monitoring.coreos.com/v1"
    return {"apiVersion": api, "kind": "PodMonitor", "metadata": metadata, "spec": spec}
