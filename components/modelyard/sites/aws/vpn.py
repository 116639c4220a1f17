"""AWS's end of a VPN: tunnels to a device, or to the addresses of another cloud's gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.kms import Kms
from modelyard.contracts.link import LinkArgs, OtherEnd, Tunnel, told, way_in
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.border import VirtualGateway
from modelyard.sites.aws.ingress import GatewayBehindAlb
from modelyard.sites.aws.let_in import let_in
from modelyard.sites.aws.logs import log_group, own_group
from modelyard.sites.aws.vpc import AttachedVpc, AwsVpc
from modelyard.sites.kubernetes.ingress import AttachedGateway

_CIPHER, _HASH, _GROUP = "AES256-GCM-16", "SHA2-384", 20
"""One of each, so that no renewal of keys changes them; Google has these as well. Source: VPN user
guide, tunnel options."""
_LONG_ASN = 2_147_483_647
"""What a gateway's field for numbers holds; those above have a field of their own."""
_SEEN = {f"tunnel{number}{what}": str for number in (1, 2) for what in ("Address", "PresharedKey")}
_SECRET = ["customerGatewayConfiguration", "tunnel1PresharedKey", "tunnel2PresharedKey"]


@dataclass(frozen=True, kw_only=True)
class AwsVpnArgs(LinkArgs):
    site: AwsSite
    account: Account
    vpc: AwsVpc | AttachedVpc
    kms: Kms
    border: VirtualGateway
    other: OtherEnd
    ingress: GatewayBehindAlb | AttachedGateway | None = None


class AwsVpn(pulumi.ComponentResource):
    """Two tunnels to each address of the other end, each by a key that AWS makes."""

    def __init__(
        self, name: str, args: AwsVpnArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:link:AwsVpn", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        called = own_group(args.context, f"vpn/{args.way.far.site}", "/aws/vendedlogs")
        self._log = log_group(self, name, args.kms, called)
        border = args.other.border
        device = [] if args.way.far.gateway is None else [args.way.far.gateway]
        addresses = border.addresses if border else device
        self.tunnels = [
            tunnel
            for number, address in enumerate(addresses)
            for tunnel in self._connection(number, address)
        ]
        let_in(self, name, args.ingress, args.way.far)
        self.told = {} if border else {**told(self.tunnels), **way_in(args.ingress)}
        self.register_outputs({"told": self.told})

    def _connection(self, number: int, address: pulumi.Input[str]) -> Sequence[Tunnel]:
        """The pair of tunnels to one address."""
        pairs = self._args.way.inside[2 * number : 2 * number + 2]
        tunnels = [self._tunnel(n, pair) for n, pair in enumerate(pairs, 1)]
        inputs = {
            "type": "ipsec.1",
            "vpnGatewayId": self._args.border.id,
            "customerGatewayId": self._peer(number, address).id,
            "tags": {"Name": f"{self._args.context.scope}-{self._args.way.far.site}-{number}"},
            **{key: value for tunnel in tunnels for key, value in tunnel.items()},
        }
        hidden = pulumi.ResourceOptions(additional_secret_outputs=_SECRET)
        options = pulumi.ResourceOptions.merge(self._options, hidden)
        token = "aws:ec2/vpnConnection:VpnConnection"
        made = CloudResource(token, f"{self._name}-{number}", inputs, options, outputs=_SEEN)
        return [
            Tunnel(made[f"tunnel{n}Address"], made[f"tunnel{n}PresharedKey"], pair)
            for n, pair in enumerate(pairs, 1)
        ]

    def _peer(self, number: int, address: pulumi.Input[str]) -> CloudResource:
        """What AWS calls a customer gateway: the device at the other end."""
        inputs = {
            "type": "ipsec.1",
            "ipAddress": address,
            **numbered("bgpAsn", "bgpAsnExtended", self._args.way.far.asn),
            "tags": {"Name": f"{self._args.context.scope}-{self._args.way.far.site}-{number}"},
        }
        token = "aws:ec2/customerGateway:CustomerGateway"
        return CloudResource(token, f"{self._name}-{number}", inputs, self._options, outputs={})

    def _tunnel(self, number: int, inside: str) -> Mapping[str, Any]:
        """IKEv2 alone. AWS calls as well as it is called, and calls again when the line was cut."""
        log = {
            "logEnabled": True,
            "logGroupArn": self._log["arn"],
            "logOutputFormat": "json",
            "bgpLogEnabled": True,
            "bgpLogGroupArn": self._log["arn"],
            "bgpLogOutputFormat": "json",
        }
        phases = {
            f"Phase{phase}{key}": [value]
            for phase in (1, 2)
            for key, value in (
                ("EncryptionAlgorithms", _CIPHER),
                ("IntegrityAlgorithms", _HASH),
                ("DhGroupNumbers", _GROUP),
            )
        }
        settings = {
            "InsideCidr": inside,
            "IkeVersions": ["ikev2"],
            "StartupAction": "start",
            "DpdTimeoutAction": "restart",
            "LogOptions": {"cloudwatchLogOptions": log},
            **phases,
        }
        return {f"tunnel{number}{key}": value for key, value in settings.items()}


def numbered(
    short: str, long: str, asn: int | None, *, whole: bool = False
) -> Mapping[str, int | str]:
    """The other end's number, in the field that holds it; the short one may be a `whole` number."""
    assert asn is not None  # a blueprint has to name it
    if asn > _LONG_ASN:
        return {long: str(asn)}
    return {short: asn if whole else str(asn)}
