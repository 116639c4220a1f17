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
from modelyard.contracts.ingress import IngressArgs, Overflow
from modelyard.objects.cloud import CloudResource
from modelyard.objects.objects import KubernetesObject, Objects
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.cluster import GkeCluster
from modelyard.sites.gcp.firewall import firewall
from modelyard.sites.gcp.gke_gateway import GKE, INSIDE, OUTSIDE, GkeGateway, https
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.vpc import GcpVpc
from modelyard.sites.kubernetes.ingress import ClusterGateway

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
        self._gateway = ClusterGateway(f"{name}-gateway", args, self._options, tells=_TELLS)
        self.peer = self._gateway.peer
        self._objects = Objects(self, name, args.cluster, None, args.context.labels("gateway"))
        self._front = GkeGateway(self._objects, f"{args.context.scope}-way-in")
        armor = firewall(self, name, args.context, args.site, self._settings)
        self.guarded = self._guard(armor)
        address = self._address()
        self.tls = self._tls()
        self._balance(address)
        self.address = address["address"]
        self.register_outputs({"domain": self._settings.domain, "address": self.address})

    @property
    def backend(self) -> Mapping[str, Any]:
        """Envoy's Service, as a rule of a route names it."""
        return {"backendRefs": [{"name": self._gateway.service, "port": self._gateway.port}]}

    @property
    def listeners(self) -> list[Mapping[str, Any]]:
        plain = {"name": "http", "port": 80, "protocol": "HTTP"}
        certificate = self._settings.certificate
        return [plain] if certificate is None else [plain, https(certificate)]

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
        manifest = self._front.object(GKE, kind, spec)
        return self._objects.add(manifest, kind.lower(), after=[self._gateway.resource])

    def _balance(self, address: CloudResource) -> None:
        """HTTPS where there is a certificate; then HTTP only points to it."""
        kind = OUTSIDE if self._settings.public else INSIDE
        gateway = self._front.listen(kind, address, self.listeners, [self.guarded])
        if self.tls is not None:
            self._front.secure(self.tls, gateway)
            self._front.route("http", {"filters": [_REDIRECT]}, "redirect", gateway)
        section = "http" if self.tls is None else "https"
        self._front.route(section, self.backend, "envoy", gateway)


_PUBLIC = {"addressType": "EXTERNAL", "networkTier": "PREMIUM"}
_REDIRECT = {
    "type": "RequestRedirect",
    "requestRedirect": {"scheme": "https", "statusCode": 301},
}
