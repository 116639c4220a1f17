"""Where links leave the network: the one gateway that a VPC may have for tunnels and lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from modelyard.blueprint.border import asn_of
from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.link import BorderArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.vpc import AttachedVpc, AwsVpc


@dataclass(frozen=True, kw_only=True)
class VirtualGatewayArgs(BorderArgs):
    site: AwsSite
    account: Account
    vpc: AwsVpc | AttachedVpc


class VirtualGateway(pulumi.ComponentResource):
    """A virtual private gateway. What it learns of other networks goes into the private tables.

    The tables of a network that is there already are its owner's, who lets them learn.
    """

    addresses: Sequence[pulumi.Output[str]] = ()
    """AWS gives each tunnel an address of its own."""

    def __init__(
        self, name: str, args: VirtualGatewayArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:border:VirtualGateway", name, None, opts)
        options = pulumi.ResourceOptions(parent=self)
        inputs = {
            "vpcId": args.vpc.id,
            "amazonSideAsn": str(asn_of(args.site_plan.name, args.site)),
            "tags": {"Name": args.context.scope},
        }
        token = "aws:ec2/vpnGateway:VpnGateway"
        self.id = CloudResource(token, name, inputs, options, outputs={}).id
        token = "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"
        for number, table in enumerate(args.vpc.tables):
            learned = {"vpnGatewayId": self.id, "routeTableId": table}
            CloudResource(token, f"{name}-{number}", learned, options, outputs={})
        self.register_outputs({"id": self.id})
