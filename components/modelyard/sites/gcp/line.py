"""Google's end of a dedicated line that is there already: an attachment of our own to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.link import LinkArgs, way_in
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.border import CloudRouter
from modelyard.sites.gcp.ingress import GatewayBehindBalancer
from modelyard.sites.gcp.names import scoped
from modelyard.sites.kubernetes.ingress import AttachedGateway

_SEEN = {"name": str, "cloudRouterIpAddress": str, "customerRouterIpAddress": str}


@dataclass(frozen=True, kw_only=True)
class GcpLineArgs(LinkArgs):
    site: GcpSite
    account: GcpProject
    border: CloudRouter
    ingress: GatewayBehindBalancer | AttachedGateway | None = None


class GcpLine(pulumi.ComponentResource):
    """A VLAN attachment of Dedicated Interconnect. Google chooses the addresses of its session."""

    def __init__(
        self, name: str, args: GcpLineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:link:GcpLine", name, None, opts)
        self._name, self._args = name, args
        link, far, router = args.way.link, args.way.far, args.border.router
        place = {"name": scoped(args.context, "line", far.site), "region": args.site.region}
        line = {
            **place,
            "type": "DEDICATED",
            "interconnect": link.connection,
            "vlanTag8021q": link.vlan,
            "router": args.border.id,
        }
        made = self._add("interconnectAttachment:InterconnectAttachment", line, _SEEN)
        ours, theirs = made["cloudRouterIpAddress"], made["customerRouterIpAddress"]
        end = {**place, "router": router, "interconnectAttachment": made["name"], "ipRange": ours}
        inside = self._add("routerInterface:RouterInterface", end, {"name": str})
        peer = {"peerIpAddress": _address(theirs), "peerAsn": far.asn}
        peering = {**place, "router": router, "interface": inside["name"], **peer}
        self._add("routerPeer:RouterPeer", peering, {})
        self.tunnels = ()
        there = {"address here": theirs, "address there": ours}
        self.told = {**there, **way_in(args.ingress)}
        self.register_outputs({"told": self.told})

    def _add(
        self, kind: str, inputs: Mapping[str, object], outputs: Mapping[str, object]
    ) -> CloudResource:
        options = pulumi.ResourceOptions(parent=self)
        return CloudResource(f"gcp:compute/{kind}", self._name, inputs, options, outputs=outputs)


def _address(range: pulumi.Output[str]) -> pulumi.Output[str]:
    """The address of `169.254.1.2/29`."""
    return range.apply(lambda known: known.partition("/")[0])
