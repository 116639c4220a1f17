"""The way in, published as a service: other networks reach it, and nothing else of this one.

A load balancer of its own stands before Envoy, inside the network, behind the same firewall and with
the same certificate as the way in: that one may be public, and shares its address between two ports.
Source: VPC guide, about published services; GKE guide, deploy Gateways, read 2026-11-26.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.site import GcpSite
from modelyard.contracts.account import Account
from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.objects.objects import KubernetesObject, Objects, awaited
from modelyard.plan.plan import SitePlan
from modelyard.plan.private_services import accounts
from modelyard.sites.gcp.cluster import GkeCluster
from modelyard.sites.gcp.gke_gateway import INSIDE, GkeGateway, https
from modelyard.sites.gcp.ingress import GatewayBehindBalancer
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.vpc import GcpVpc

RULES = "networking.gke.io/forwarding-rules"
"""Where GKE notes which rules it has made for a Gateway; one with one port has one."""
_PATIENCE = "20m"
"""A first load balancer takes minutes."""


@dataclass(frozen=True, kw_only=True)
class ServiceAttachmentArgs:
    context: Context
    blueprint: Blueprint
    site: GcpSite
    site_plan: SitePlan
    account: Account
    cluster: GkeCluster
    vpc: GcpVpc
    ingress: GatewayBehindBalancer


class ServiceAttachment(pulumi.ComponentResource):
    """One for all links of a site; the projects at their other ends may connect, and no others.

    Who connects is known by the project, so nobody has to accept; who is taken off the list is cut
    off. Its name in DNS is left to those who ask: Google lets out one that it has seen proved to be
    ours, and that takes a hand.
    """

    def __init__(
        self, name: str, args: ServiceAttachmentArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:endpoint-service:ServiceAttachment", name, None, opts)
        self._name, self._args = name, args
        self._called = scoped(args.context, "service")
        objects = Objects(self, name, args.cluster, None, args.context.labels("gateway"))
        self._front = GkeGateway(objects, f"{args.context.scope}-service")
        gateway = self._listen(self._address())
        ready = self._lead(gateway)
        self.service = self._publish(gateway, self._callers(), ready).id
        self.register_outputs({"service": self.service})

    def _address(self) -> CloudResource:
        """Of this load balancer alone: one that several rules share cannot be published."""
        inputs = {
            "name": self._called,
            "region": self._args.site.region,
            "addressType": "INTERNAL",
            "purpose": "GCE_ENDPOINT",
            "subnetwork": self._args.vpc.subnet,
        }
        return self._add("address:Address", inputs)

    def _listen(self, address: CloudResource) -> KubernetesObject:
        ingress, settings = self._args.ingress, self._args.site.ingress
        assert settings is not None and settings.certificate is not None  # a link asks by TLS
        listeners = [https(settings.certificate)]
        noted = awaited("Programmed", RULES)
        return self._front.listen(INSIDE, address, listeners, [ingress.guarded], noted, _PATIENCE)

    def _lead(self, gateway: KubernetesObject) -> list[pulumi.Resource]:
        """To Envoy, as the way in does."""
        tls = self._args.ingress.tls
        assert tls is not None  # where there is a certificate
        route = self._front.route("https", self._args.ingress.backend, "envoy", gateway)
        return [self._front.secure(tls, gateway), route]

    def _callers(self) -> CloudResource:
        """Whoever asks comes from here: neither network learns of the other's addresses."""
        inputs = {
            "name": self._called,
            "network": self._args.vpc.id,
            "region": self._args.site.region,
            "ipCidrRange": self._args.vpc.callers,
            "purpose": "PRIVATE_SERVICE_CONNECT",
        }
        return self._add("subnetwork:Subnetwork", inputs)

    def _publish(
        self, gateway: KubernetesObject, callers: CloudResource, ready: list[pulumi.Resource]
    ) -> CloudResource:
        """Networks that are joined to one that connects do not get it, too."""
        args = self._args
        ends = accounts(args.blueprint, args.site_plan.name)
        inputs = {
            "name": self._called,
            "region": args.site.region,
            "description": f"The way into {args.context.scope}",
            # By name alone: how Google writes the project of a rule differs from place to place.
            "targetService": gateway.note(RULES).apply(lambda rule: rule.rpartition("/")[2]),
            "natSubnets": [callers.id],
            "connectionPreference": "ACCEPT_MANUAL",
            "consumerAcceptLists": [
                {"projectIdOrNum": project, "connectionLimit": limit}
                for project, limit in ends.items()
            ],
            "reconcileConnections": True,
            "enableProxyProtocol": False,
            "propagatedConnectionLimit": 0,
            "sendPropagatedConnectionLimitIfZero": True,
        }
        return self._add("serviceAttachment:ServiceAttachment", inputs, ready)

    def _add(
        self, kind: str, inputs: dict[str, object], after: list[pulumi.Resource] | None = None
    ) -> CloudResource:
        options = pulumi.ResourceOptions(parent=self, depends_on=after)
        seen = {"name": str} if kind == "address:Address" else {}
        return CloudResource(f"gcp:compute/{kind}", self._name, inputs, options, outputs=seen)
