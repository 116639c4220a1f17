"""AWS's end of a dedicated line that is there already: an interface of our own on it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.link import LinkArgs, way_in
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.border import VirtualGateway
from modelyard.sites.aws.ingress import GatewayBehindAlb
from modelyard.sites.aws.let_in import let_in
from modelyard.sites.aws.names import scoped
from modelyard.sites.aws.vpn import numbered
from modelyard.sites.kubernetes.ingress import AttachedGateway

_NAME = 100
"""Most characters of an interface's name; source: Direct Connect API reference."""
_SEEN = {"amazonAddress": str, "customerAddress": str, "bgpAuthKey": str}


@dataclass(frozen=True, kw_only=True)
class AwsLineArgs(LinkArgs):
    site: AwsSite
    account: Account
    border: VirtualGateway
    ingress: GatewayBehindAlb | AttachedGateway | None = None


class AwsLine(pulumi.ComponentResource):
    """A private virtual interface of Direct Connect; AWS chooses its addresses and its key."""

    def __init__(
        self, name: str, args: AwsLineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:link:AwsLine", name, None, opts)
        link, far = args.way.link, args.way.far
        inputs = {
            "name": scoped(args.context, far.site, most=_NAME),
            "connectionId": link.connection,
            "vlan": link.vlan,
            "addressFamily": "ipv4",
            **numbered("bgpAsn", "bgpAsnLong", far.asn, whole=True),
            "vpnGatewayId": args.border.id,
            "tags": {"Name": f"{args.context.scope}-{far.site}"},
        }
        options = pulumi.ResourceOptions(parent=self, additional_secret_outputs=["bgpAuthKey"])
        token = "aws:directconnect/privateVirtualInterface:PrivateVirtualInterface"
        made = CloudResource(token, name, inputs, options, outputs=_SEEN)
        let_in(self, name, args.ingress, far)
        self.tunnels = ()
        self.told = {
            "address here": made["customerAddress"],
            "address there": made["amazonAddress"],
            "BGP key": made["bgpAuthKey"],
            **way_in(args.ingress),
        }
        self.register_outputs({"told": self.told})
