"""The way in, published as a service: other networks reach it, and nothing else of this one.

A load balancer of its own stands before Envoy, inside the network, with the firewall and the
certificate of the way in: that one may be public, and has one address for two ports.
Source: VPC guide, about published services; GKE guide, deploy Gateways; Google's example of both
(professional-services, gke-autopsc-controller), read 2026-11-26.
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
from modelyard.sites.gcp.gke_gateway import INSIDE, GkeGateway
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
        """Of one rule alone, which is what can be published (`GCE_ENDPOINT`)."""
        inputs = {
            "name": self._called,
            "region": self._args.site.region,
            "addressType": "INTERNAL",
            "purpose": "GCE_ENDPOINT",
            "subnetwork": self._args.vpc.subnet,
        }
        return self._add("address:Address", inputs)

    def _listen(self, address: CloudResource) -> KubernetesObject:
        """By TLS alone: one port has one rule."""
        ingress, noted = self._args.ingress, awaited("Programmed", RULES)
        listeners = [each for each in ingress.listeners if "tls" in each]
        return self._front.listen(INSIDE, address, listeners, [ingress.guarded], noted, _PATIENCE)

    def _lead(self, gateway: KubernetesObject) -> list[pulumi.Resource]:
        """To Envoy, as the way in does."""
        tls = self._args.ingress.tls
        assert tls is not None  # a plan has a certificate where something is published
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
            "targetService": gateway.note(RULES).apply(self._rule),
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

    def _rule(self, noted: str) -> str:
        """The rule's full name. GKE has the project's number in it, where Compute Engine has the
        project, which would differ at every look.
        """
        site = self._args.site
        place = f"projects/{site.project}/regions/{site.region}"
        return f"{place}/forwardingRules/{noted.rpartition('/')[2]}"

    def _add(
        self, kind: str, inputs: dict[str, object], after: list[pulumi.Resource] | None = None
    ) -> CloudResource:
        options = pulumi.ResourceOptions(parent=self, depends_on=after)
        seen = {"name": str} if kind == "address:Address" else {}
        return CloudResource(f"gcp:compute/{kind}", self._name, inputs, options, outputs=seen)
