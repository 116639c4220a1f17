"""Google's end of a VPN: tunnels to a device, or to those that another cloud has made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.link import LinkArgs, OtherEnd, Tunnel, told, way_in
from modelyard.contracts.secrets import Secrets
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.border import CloudRouter
from modelyard.sites.gcp.ingress import GatewayBehindBalancer
from modelyard.sites.gcp.names import scoped
from modelyard.sites.kubernetes.ingress import AttachedGateway

_CIPHER, _PRF, _GROUP = "AES-GCM-16-256", "PRF-HMAC-SHA2-384", "Group-20"
_CIPHERS = {
    "phase1": {"encryptions": [_CIPHER], "prves": [_PRF], "dhs": [_GROUP]},
    "phase2": {"encryptions": [_CIPHER], "pfs": [_GROUP]},
}
"""One of each, so that no renewal of keys changes them. Source: Cloud VPN guide, IKE ciphers."""
_REDUNDANCY = {1: "SINGLE_IP_INTERNALLY_REDUNDANT", 4: "FOUR_IPS_REDUNDANCY"}
"""By how many addresses the other end has."""


@dataclass(frozen=True, kw_only=True)
class GcpVpnArgs(LinkArgs):
    site: GcpSite
    account: GcpProject
    border: CloudRouter
    secrets: Secrets
    other: OtherEnd
    ingress: GatewayBehindBalancer | AttachedGateway | None = None


@dataclass(frozen=True)
class _Path:
    """One tunnel to be made."""

    address: int
    """Which of the other end's addresses."""
    key: pulumi.Output[str]
    inside: IPv4Network
    first: bool
    """Whether Google has the first of the inside addresses."""


class GcpVpn(pulumi.ComponentResource):
    """A tunnel from each interface of the gateway to a device; to another cloud, two from each."""

    def __init__(
        self, name: str, args: GcpVpnArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:link:GcpVpn", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        made = args.other.link.tunnels if args.other.link else ()
        addresses = [each.address for each in made] or [str(args.way.far.gateway)]
        peer = self._peer(addresses)
        paths = _to_cloud(made) if made else self._to_device()
        for number, path in enumerate(paths):
            # Two of another cloud's tunnels end at one interface, whose address they call.
            self._tunnel(number, number * 2 // len(paths), path, peer)
        self.tunnels = () if made else self._ends(paths)
        self.told = {} if made else {**told(self.tunnels), **way_in(args.ingress)}
        self.register_outputs({"told": self.told})

    def _to_device(self) -> list[_Path]:
        """By keys of our own making."""
        far, password = self._args.way.far.site, self._args.secrets.password
        keys = [password(f"link-{far}-{number}", self) for number in range(2)]
        pairs = [IPv4Network(pair) for pair in self._args.way.inside]
        return [_Path(0, key, pair, True) for key, pair in zip(keys, pairs, strict=False)]

    def _peer(self, addresses: Sequence[pulumi.Input[str]]) -> CloudResource:
        inputs = {
            "name": self._called(),
            "redundancyType": _REDUNDANCY[len(addresses)],
            "interfaces": [{"id": n, "ipAddress": each} for n, each in enumerate(addresses)],
        }
        return self._add("externalVpnGateway:ExternalVpnGateway", "", inputs)

    def _tunnel(self, number: int, interface: int, path: _Path, peer: CloudResource) -> None:
        """The tunnel, its end in the router, and whom the router speaks with over it."""
        place = {"name": self._called(str(number)), "region": self._args.site.region}
        router = self._args.border.router
        tunnel = {
            **place,
            "router": router,
            "vpnGateway": self._args.border.gateway,
            "vpnGatewayInterface": interface,
            "peerExternalGateway": peer.id,
            "peerExternalGatewayInterface": path.address,
            "sharedSecret": path.key,
            "ikeVersion": 2,
            "cipherSuite": _CIPHERS,
        }
        made = self._add("vPNTunnel:VPNTunnel", str(number), tunnel)
        ours, theirs = _pair(path)
        end = {**place, "router": router, "vpnTunnel": made.id, "ipRange": f"{ours}/30"}
        inside = self._add("routerInterface:RouterInterface", str(number), end)
        peering = {
            **place,
            "router": router,
            "interface": inside["name"],
            "ipAddress": ours,
            "peerIpAddress": theirs,
            "peerAsn": self._args.way.far.asn,
        }
        self._add("routerPeer:RouterPeer", str(number), peering)

    def _called(self, *parts: str) -> str:
        return scoped(self._args.context, "to", self._args.way.far.site, *parts)

    def _add(self, kind: str, part: str, inputs: Mapping[str, object]) -> CloudResource:
        hidden = [key for key in inputs if key == "sharedSecret"]
        secret = pulumi.ResourceOptions(additional_secret_outputs=hidden or None)
        options = pulumi.ResourceOptions.merge(self._options, secret)
        name = f"{self._name}-{part}" if part else self._name
        return CloudResource(f"gcp:compute/{kind}", name, inputs, options, outputs={"name": str})

    def _ends(self, paths: Sequence[_Path]) -> list[Tunnel]:
        """As a device sees them: by the gateway's own addresses, and by our keys."""
        ends = zip(self._args.border.addresses, paths, strict=True)
        return [Tunnel(address, each.key, str(each.inside)) for address, each in ends]


def _to_cloud(tunnels: Sequence[Tunnel]) -> list[_Path]:
    """As the other cloud made them; it has the first of the inside addresses."""
    return [_Path(n, each.key, IPv4Network(each.inside), False) for n, each in enumerate(tunnels)]


def _pair(path: _Path) -> tuple[str, str]:
    """Our inside address and that of the other end."""
    first, second = path.inside.hosts()
    ours, theirs = (first, second) if path.first else (second, first)
    return str(ours), str(theirs)
