"""Where links leave the network: a router of their own, and a gateway for tunnels."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelyard.blueprint.border import asn_of
from modelyard.blueprint.site import GcpSite, LinkVia
from modelyard.contracts.link import BorderArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.vpc import AttachedVpc, GcpVpc

GATEWAY = "gcp:compute/haVpnGateway:HaVpnGateway"
SEEN = {"vpnInterfaces": [{"ipAddress": str}, {"ipAddress": str}]}


@dataclass(frozen=True, kw_only=True)
class CloudRouterArgs(BorderArgs):
    site: GcpSite
    account: GcpProject
    vpc: GcpVpc | AttachedVpc


class CloudRouter(pulumi.ComponentResource):
    """A Cloud Router, and an HA VPN gateway where a link is by VPN.

    It tells other networks of the site's own range, and of nothing that it learned elsewhere.
    """

    def __init__(
        self, name: str, args: CloudRouterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:border:CloudRouter", name, None, opts)
        self._options = pulumi.ResourceOptions(parent=self)
        place = {
            "name": scoped(args.context, "links"),
            "network": args.vpc.id,
            "region": args.site.region,
        }
        self.asn = asn_of(args.site_plan.name, args.site)
        ranges = [{"range": args.vpc.cidr, "description": args.site_plan.name}]
        told = {"advertiseMode": "CUSTOM", "advertisedIpRanges": ranges}
        router = {**place, "bgp": {"asn": self.asn, **told}}
        token, seen = "gcp:compute/router:Router", {"name": str}
        made = CloudResource(token, name, router, self._options, outputs=seen)
        self.id, self.router = made.id, made["name"]
        self.gateway: pulumi.Output[str] | None = None
        self.addresses: list[pulumi.Output[str]] = []
        if any(link.via is LinkVia.VPN for link in args.links):
            self._open(name, place)
        self.register_outputs({"asn": self.asn, "addresses": self.addresses})

    def _open(self, name: str, place: dict[str, pulumi.Input[str]]) -> None:
        """Two interfaces, each with a public address that Google gives it."""
        made = CloudResource(GATEWAY, name, place, self._options, outputs=SEEN)
        self.gateway = made.id
        interfaces = made["vpnInterfaces"]
        self.addresses = [
            interfaces.apply(lambda known: known[0]["ipAddress"]),
            interfaces.apply(lambda known: known[1]["ipAddress"]),
        ]
