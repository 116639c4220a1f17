"""The metrics of several sites in one place: a Prometheus that only receives.

It is not the one that watches its own site, whose rules would add up series that have the same
names elsewhere. Sites send all that they have, each with a password of its own; what they cannot
send while the way is cut waits in their write-ahead log, for about two hours.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha1
from typing import TYPE_CHECKING, Any

import pulumi
import yaml

from modelyard.blueprint.units import show_duration, show_memory
from modelyard.catalog.operators import PROMETHEUS, operator
from modelyard.contracts.context import Namespace, Purpose
from modelyard.contracts.endpoint import Endpoint, Peer
from modelyard.contracts.monitoring import CENTRAL, CENTRAL_PORT, PATH, ROUTE
from modelyard.objects.manifests import Manifest, claim_spec, network_policy
from modelyard.objects.objects import Objects
from modelyard.objects.pods import USER, Resources
from modelyard.plan.offered import LABEL
from modelyard.plan.tags import DOMAIN
from modelyard.workloads.alerts import prometheus_rule, site_rules

if TYPE_CHECKING:
    from modelyard.contracts.monitoring import MonitoringArgs
    from modelyard.contracts.registry import Login

NAME, PORT = CENTRAL, CENTRAL_PORT
IMAGE = "prometheus"
_ALERTMANAGER = ("alertmanager", 9093)
_PODS = {"prometheus": NAME}
"""Label that Prometheus's operator gives to the pods."""
_RULES = {f"{DOMAIN}/prometheus": NAME}
_SIZE = Resources(cpu="500m", memory="4Gi")


@dataclass(frozen=True)
class CentralMetrics:
    """What the component that has it makes of it."""

    parent: pulumi.Resource
    name: str
    args: MonitoringArgs

    def make(self) -> Mapping[str, Login]:
        """Everything that belongs to it; returns what each site logs in with."""
        logins = {site: self._login(site) for site in self.args.senders}
        self._open(logins)
        account = self.args.identity.workload(NAME, Purpose.PLATFORM, parent=self.parent)
        self._objects.add(self._prometheus(account.name, self._alertmanagers()), NAME)
        self._objects.add(_service(), NAME)
        for site, rules in site_rules(self.args):
            rule = prometheus_rule(f"site-{site}", f"site-{site}", rules, _RULES)
            self._objects.add(rule, f"site-{site}")
        return logins

    @cached_property
    def _namespace(self) -> Namespace:
        return self.args.identity.namespaces[Purpose.PLATFORM]

    @cached_property
    def _objects(self) -> Objects:
        labels = self.args.context.labels(NAME)
        return Objects(self.parent, self.name, self.args.cluster, self._namespace, labels)

    def _login(self, site: str) -> Login:
        password = self.args.secrets.password(f"{NAME}-{site}", self.parent)
        return {"username": site, "password": password}

    def _open(self, logins: Mapping[str, Login]) -> None:
        """The way in: for who has a password, and to where metrics are written alone."""
        ways = self._ways()
        lines = [
            pulumi.Output.from_input(login["password"]).apply(_line(site))
            for site, login in logins.items()
        ]
        users = {".htpasswd": pulumi.Output.all(*lines).apply("\n".join)}
        kept = self.args.secrets.store(f"{NAME}-users", self._namespace, users, self.parent)
        self._objects.add(_password(kept.name, ways), ROUTE, after=[kept.resource])
        watching = operator(PROMETHEUS).namespace
        clients = [*ways.values(), Peer(watching)]
        host = f"{PROMETHEUS}-{_ALERTMANAGER[0]}.{watching}.svc"
        alerts = Endpoint(host=host, port=_ALERTMANAGER[1], peer=Peer(watching))
        policy = network_policy(NAME, _PODS, ingress={PORT: clients}, egress=[alerts])
        self._objects.add(policy, NAME)

    def _ways(self) -> Mapping[str, Peer]:
        """By route, the proxies that requests come from. Who shows a certificate needs no other."""
        certified, ways = self.args.certified, {}
        if set(self.args.senders) - set(certified):
            assert self.args.ingress is not None  # placed only where this site has a way in
            self.args.ingress.route(self._objects, ROUTE, NAME, PORT, path=PATH)
            ways[ROUTE] = self.args.ingress.peer
        if certified:
            assert (
                self.args.east_west_gateway is not None
            )  # placed where a link leads here by certificate
            self.args.east_west_gateway.publish(self._objects, ROUTE, NAME, PORT, path=PATH)
            ways[f"{ROUTE}-{LABEL}"] = self.args.east_west_gateway.peer
        return ways

    def _alertmanagers(self) -> Mapping[str, str]:
        """Who is told: an address, since looking it up takes rights that receiving does not."""
        name, port = _ALERTMANAGER
        target = f"{PROMETHEUS}-{name}.{operator(PROMETHEUS).namespace}.svc:{port}"
        text = yaml.safe_dump([{"static_configs": [{"targets": [target]}]}])
        key = "alertmanagers.yaml"
        kept = self.args.secrets.store(
            f"{NAME}-alertmanagers", self._namespace, {key: text}, self.parent
        )
        return {"name": kept.name, "key": key}

    def _prometheus(self, account: str, alertmanagers: Mapping[str, str]) -> Manifest:
        settings, image = self.args.settings, self.args.cluster.image(IMAGE)
        spec: dict[str, Any] = {
            "image": image,
            "enableRemoteWriteReceiver": True,
            "retention": show_duration(settings.retention) if settings.retention else "15d",
            "resources": _SIZE.manifest(),
            "serviceAccountName": account,
            "automountServiceAccountToken": False,
            "securityContext": _SECURITY,
            "podMetadata": {"labels": dict(self.args.context.labels(NAME))},
            "ruleSelector": {"matchLabels": _RULES},
            "additionalAlertManagerConfigs": alertmanagers,
        }
        if settings.storage:
            claim = claim_spec(show_memory(settings.storage), self.args.site.volume_class)
            spec["storage"] = {"volumeClaimTemplate": {"spec": claim}}
        return {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "Prometheus",
            "metadata": {"name": NAME},
            "spec": spec,
        }


_SECURITY = {
    "runAsNonRoot": True,
    "runAsUser": USER,
    "runAsGroup": USER,
    "fsGroup": USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def _line(site: str) -> Any:
    """One of `.htpasswd`: SHA is the only hash that Envoy reads there; the password is random."""

    def hashed(password: str) -> str:
        digest = sha1(password.encode(), usedforsecurity=False).digest()
        return f"{site}:{{SHA}}{b64encode(digest).decode()}"

    return hashed


def _service() -> Manifest:
    port = {"name": "web", "port": PORT, "targetPort": "web"}
    spec = {"selector": dict(_PODS), "ports": [port]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": NAME}, "spec": spec}


def _password(users: str, routes: Iterable[str]) -> Manifest:
    kind = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute"}
    return {
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "SecurityPolicy",
        "metadata": {"name": ROUTE},
        "spec": {
            "targetRefs": [{**kind, "name": route} for route in routes],
            "basicAuth": {"users": {"name": users}},
        },
    }
