"""The way in: a load balancer behind Cloud Armor, in front of the Gateway in the cluster.

GKE makes the load balancer as a Gateway of its own asks for it; its address and the firewall are
resources of the platform, so that a review sees them, and so that the firewall is there first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.catalog.operators import operator
from modelyard.contracts.ingress import IngressArgs, Overflow
from modelyard.objects.cloud import CloudResource
from modelyard.objects.objects import KubernetesObject, Objects
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.cluster import GkeCluster
from modelyard.sites.gcp.firewall import firewall
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.vpc import GcpVpc
from modelyard.sites.kubernetes.ingress import ClusterGateway

_GATEWAY = "gateway.networking.k8s.io/v1"
_GKE = "networking.gke.io/v1"
_OUTSIDE, _INSIDE = "gke-l7-regional-external-managed", "gke-l7-rilb"
"""Classes of GKE's own controller; source: GKE guide, GatewayClass capabilities."""
_TELLS = {"http": "HTTP", "https": "HTTPS"}
"""How a Service tells the load balancer what to speak; source: GKE guide, Gateway traffic."""
_PATIENCE = 300
"""Seconds until an answer has to be there: a language model may take its time."""


@dataclass(frozen=True, kw_only=True)
class BalancerArgs(IngressArgs):
    site: GcpSite
    cluster: GkeCluster
    account: GcpProject
    vpc: GcpVpc


class GatewayBehindBalancer(pulumi.ComponentResource):
    """An application load balancer, inside the network unless the blueprint says `public`."""

    def __init__(
        self, name: str, args: BalancerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:ingress:GatewayBehindBalancer", name, None, opts)
        assert args.site.ingress is not None  # placed only where the blueprint has a way in
        self._name, self._args, self._settings = name, args, args.site.ingress
        self._options = pulumi.ResourceOptions(parent=self)
        self._called = f"{args.context.scope}-way-in"
        self._gateway = ClusterGateway(f"{name}-gateway", args, self._options, tells=_TELLS)
        self.peer = self._gateway.peer
        self._objects = Objects(self, name, args.cluster, None, args.context.labels("gateway"))
        armor = firewall(self, name, args.context, args.site, self._settings)
        guarded = self._guard(armor)
        address = self._address()
        self._balance(address, self._tls(), guarded)
        self.address = address["address"]
        self.register_outputs({"domain": self._settings.domain, "address": self.address})

    def route(
        self,
        objects: Objects,
        name: str,
        service: str,
        port: int,
        path: str | None = None,
        overflow: Overflow | None = None,
        mirror: str | None = None,
    ) -> str:
        """Send `NAME.<domain>` to a Service beside the given objects; returns the URL."""
        host = self._gateway.route(objects, name, service, port, path, overflow, mirror)
        return f"{'https' if self._settings.certificate else 'http'}://{host}"

    def _address(self) -> CloudResource:
        """It stays, whatever becomes of the load balancer."""
        inputs: Mapping[str, Any] = {
            "name": scoped(self._args.context, "ingress"),
            "region": self._args.site.region,
            **(_PUBLIC if self._settings.public else self._private()),
        }
        token = "gcp:compute/address:Address"
        seen = {"address": str, "name": str}
        return CloudResource(token, self._name, inputs, self._options, outputs=seen)

    def _private(self) -> Mapping[str, Any]:
        place = {"addressType": "INTERNAL", "purpose": "SHARED_LOADBALANCER_VIP"}
        return {**place, "subnetwork": self._args.vpc.subnet}

    def _tls(self) -> CloudResource | None:
        """TLS 1.2 and later, with forward secrecy."""
        if self._settings.certificate is None:
            return None
        inputs = {
            "name": scoped(self._args.context, "ingress"),
            "region": self._args.site.region,
            "profile": "RESTRICTED",
            "minTlsVersion": "TLS_1_2",
        }
        token = "gcp:compute/regionSslPolicy:RegionSslPolicy"
        return CloudResource(token, self._name, inputs, self._options, outputs={"name": str})

    def _guard(self, armor: CloudResource) -> KubernetesObject:
        """Cloud Armor and a check before Envoy's Service; there before any load balancer is."""
        checked = {"config": {"type": "TCP", "tcpHealthCheck": {"port": self._envoy_port}}}
        self._policy("HealthCheckPolicy", checked)
        guarded = {
            "securityPolicy": armor["name"],
            "timeoutSec": _PATIENCE,
            "connectionDraining": {"drainingTimeoutSec": 60},
            "logging": {"enabled": True, "sampleRate": 1_000_000},
        }
        return self._policy("GCPBackendPolicy", guarded)

    @property
    def _envoy_port(self) -> int:
        """Envoy runs without privileges: its pods listen that far above the Gateway's own port."""
        return 10_000 + self._gateway.port

    def _policy(self, kind: str, settings: Mapping[str, Any]) -> KubernetesObject:
        target = {"group": "", "kind": "Service", "name": self._gateway.service}
        spec = {"default": settings, "targetRef": target}
        manifest = self._object(_GKE, kind, spec)
        return self._objects.add(manifest, kind.lower(), after=[self._gateway.resource])

    def _balance(
        self, address: CloudResource, tls: CloudResource | None, guarded: KubernetesObject
    ) -> None:
        """HTTPS where there is a certificate; then HTTP only points to it."""
        kind = _OUTSIDE if self._settings.public else _INSIDE
        spec = {
            "gatewayClassName": kind,
            "listeners": list(self._listeners()),
            "addresses": [{"type": "NamedAddress", "value": address["name"]}],
        }
        gateway = self._objects.add(
            self._object(_GATEWAY, "Gateway", spec), "balancer", after=[guarded]
        )
        if tls is not None:
            target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": self._called}
            policy = {"default": {"sslPolicy": tls["name"]}, "targetRef": target}
            manifest = self._object(_GKE, "GCPGatewayPolicy", policy)
            self._objects.add(manifest, "tls", after=[gateway])
            self._route("http", {"filters": [_REDIRECT]}, "redirect", gateway)
        section = "http" if tls is None else "https"
        backend = {"name": self._gateway.service, "port": self._gateway.port}
        self._route(section, {"backendRefs": [backend]}, "envoy", gateway)

    def _listeners(self) -> list[Mapping[str, Any]]:
        plain = {"name": "http", "port": 80, "protocol": "HTTP"}
        if self._settings.certificate is None:
            return [plain]
        named = {"networking.gke.io/pre-shared-certs": self._settings.certificate}
        tls = {"mode": "Terminate", "options": named}
        return [plain, {"name": "https", "port": 443, "protocol": "HTTPS", "tls": tls}]

    def _route(
        self, section: str, rule: Mapping[str, Any], part: str, gateway: KubernetesObject
    ) -> None:
        """Whatever the host: Envoy tells hosts apart."""
        spec = {
            "parentRefs": [{"name": self._called, "sectionName": section}],
            "rules": [rule],
        }
        manifest = self._object(_GATEWAY, "HTTPRoute", spec, f"{self._called}-{part}")
        self._objects.add(manifest, part, after=[gateway])

    def _object(
        self, api: str, kind: str, spec: Mapping[str, Any], name: str | None = None
    ) -> Mapping[str, Any]:
        """In the namespace of Envoy, whose Service it is about."""
        place = operator("envoy-gateway").namespace
        metadata = {"name": name or self._called, "namespace": place}
        return {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}


_PUBLIC = {"addressType": "EXTERNAL", "networkTier": "PREMIUM"}
_REDIRECT = {
    "type": "RequestRedirect",
    "requestRedirect": {"scheme": "https", "statusCode": 301},
}
