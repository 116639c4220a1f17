"""The private network: subnets, the way out, the ways to Google's own services, and its records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.vpc import VpcArgs
from modelyard.objects.cloud import CloudResource
from modelyard.plan.plan import SitePlan
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.google_apis import google_apis
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.subnets import divided

PODS, SERVICES = "pods", "services"
"""Names of the ranges that a cluster takes from its subnet."""
CHECKS = ("35.191.0.0/16", "130.211.0.0/22")
"""Where health checks come from; source: load balancing guide, firewall rules."""
_LOGGED = {
    "aggregationInterval": "INTERVAL_10_MIN",
    "flowSampling": 0.5,
    "metadata": "INCLUDE_ALL_METADATA",
}
_INSIDE = {"gcp-memorystore": ("cache", None), "gcp-vertexai": ("models", "aiplatform")}
"""Services that come into the network by themselves, by the class of their connections: what is
made of it here, and the API without which nothing does.
"""


@dataclass(frozen=True, kw_only=True)
class GcpVpcArgs(VpcArgs):
    site: GcpSite
    account: GcpProject
    site_plan: SitePlan
    """Which of Google's services its parts ask."""


class GcpVpc(pulumi.ComponentResource):
    """A network of our own. Nothing in it has an address outside but what is meant to."""

    def __init__(
        self, name: str, args: GcpVpcArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:vpc:GcpVpc", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self, depends_on=args.account.services)
        self.cidr, self._ranges = args.site.network.cidr, divided(args.site.network.cidr)
        network = self._network()
        self.id = network.id
        subnet = self._nodes()
        self.subnet = subnet.id
        self.private_subnets, self.public_subnets = [subnet.id], list[pulumi.Input[str]]()
        self.ranges: tuple[str, str] | None = (PODS, SERVICES)
        self.proxies = self._proxies()
        self.callers = self._ranges.callers
        self._way_out()
        self._firewall()
        google_apis(self, name, args, self.id)
        self.connections = self._connections()
        self.register_outputs({"id": self.id, "subnet": self.subnet})

    def _network(self) -> CloudResource:
        """Without a way out there is no route to the internet either."""
        inputs = {
            "name": scoped(self._args.context),
            "autoCreateSubnetworks": False,
            "routingMode": "REGIONAL",
            "deleteDefaultRoutesOnCreate": self._args.site.network.nat == "none",
        }
        token = "gcp:compute/network:Network"
        return CloudResource(token, self._name, inputs, self._options, outputs={})

    def _nodes(self) -> CloudResource:
        inputs = {
            "name": scoped(self._args.context, "nodes"),
            "network": self.id,
            "region": self._args.site.region,
            "ipCidrRange": self._ranges.nodes,
            "secondaryIpRanges": [
                {"rangeName": PODS, "ipCidrRange": self._ranges.pods},
                {"rangeName": SERVICES, "ipCidrRange": self._ranges.services},
            ],
            "privateIpGoogleAccess": True,
            "logConfig": _LOGGED,
        }
        return self._add("compute/subnetwork:Subnetwork", "nodes", inputs)

    def _proxies(self) -> CloudResource:
        inputs = {
            "name": scoped(self._args.context, "proxies"),
            "network": self.id,
            "region": self._args.site.region,
            "ipCidrRange": self._ranges.proxies,
            "purpose": "REGIONAL_MANAGED_PROXY",
            "role": "ACTIVE",
        }
        return self._add("compute/subnetwork:Subnetwork", "proxies", inputs)

    def _way_out(self) -> None:
        """One gateway spans all zones; its address stays, so that others may let it in."""
        if self._args.site.network.nat == "none":
            return
        context, region = self._args.context, self._args.site.region
        router = {"name": scoped(context), "network": self.id, "region": region}
        made = self._add("compute/router:Router", "", router)
        address = {"name": scoped(context, "nat"), "region": region, "addressType": "EXTERNAL"}
        nat = {
            "name": scoped(context, "nat"),
            "router": made.id,
            "region": region,
            "natIpAllocateOption": "MANUAL_ONLY",
            "natIps": [self._add("compute/address:Address", "nat", address).id],
            "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES",
            "enableDynamicPortAllocation": True,
            "minPortsPerVm": 256,
            "maxPortsPerVm": 8192,
            "logConfig": {"enable": True, "filter": "ERRORS_ONLY"},
        }
        self._add("compute/routerNat:RouterNat", "nat", nat)

    def _firewall(self) -> None:
        """What nobody has let in is refused, and that is recorded; GKE adds rules for its own."""
        denied = {
            "name": scoped(self._args.context, "refused"),
            "network": self.id,
            "direction": "INGRESS",
            "priority": 65000,
            "sourceRanges": ["0.0.0.0/0"],
            "denies": [{"protocol": "all"}],
            "logConfig": {"metadata": "INCLUDE_ALL_METADATA"},
        }
        self._add("compute/firewall:Firewall", "refused", denied)
        balanced = {
            "name": scoped(self._args.context, "balancers"),
            "network": self.id,
            "direction": "INGRESS",
            "priority": 1000,
            "sourceRanges": [self._ranges.proxies, *CHECKS],
            "allows": [{"protocol": "tcp"}],
        }
        self._add("compute/firewall:Firewall", "balancers", balanced)

    def _connections(self) -> Mapping[str, CloudResource]:
        """Lets services of Google's make endpoints of their own here, by the class of each."""
        asked = {None, *self._args.site_plan.endpoints}
        return {
            kind: self._policy(kind, part) for kind, (part, api) in _INSIDE.items() if api in asked
        }

    def _policy(self, kind: str, part: str) -> CloudResource:
        inputs = {
            "name": scoped(self._args.context, part),
            "location": self._args.site.region,
            "network": self.id,
            "serviceClass": kind,
            "pscConfig": {"subnetworks": [self.subnet]},
        }
        token = "networkconnectivity/serviceConnectionPolicy:ServiceConnectionPolicy"
        return self._add(token, part, inputs)

    def _add(self, kind: str, part: str, inputs: Mapping[str, Any]) -> CloudResource:
        name = f"{self._name}-{part}" if part else self._name
        options = pulumi.ResourceOptions(parent=self)
        return CloudResource(f"gcp:{kind}", name, inputs, options, outputs={})


class AttachedVpc(pulumi.ComponentResource):
    """A network that is there already; its routes, rules and logs are its owner's."""

    def __init__(
        self, name: str, args: GcpVpcArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:vpc:AttachedVpc", name, None, opts)
        attach, site = args.site.network.attach, args.site
        assert attach is not None  # placed only where the blueprint names a network
        network = _path(site, "global/networks", attach.network)
        self.id = _there(self, "compute/network:Network", name, network, {}).id
        [named] = attach.private_subnets
        path = _path(site, f"regions/{site.region}/subnetworks", named)
        seen = {"ipCidrRange": str}
        subnet = _there(self, "compute/subnetwork:Subnetwork", f"{name}-nodes", path, seen)
        self.subnet, self.cidr = subnet.id, subnet["ipCidrRange"]
        self.private_subnets, self.public_subnets = [subnet.id], list[pulumi.Input[str]]()
        self.ranges: tuple[str, str] | None = None
        """The cluster takes ranges of its own in the subnet."""
        self.proxies: CloudResource | None = None
        self.connections: Mapping[str, CloudResource] = {}
        self.register_outputs({"id": self.id})


def _path(site: GcpSite, kind: str, named: str) -> str:
    """The full name; a network of another project (a shared VPC) is named by it in full."""
    return named if "/" in named else f"projects/{site.project}/{kind}/{named}"


def _there(
    parent: pulumi.Resource, kind: str, name: str, id: str, outputs: Mapping[str, Any]
) -> CloudResource:
    options = pulumi.ResourceOptions(parent=parent, id=id)
    return CloudResource(f"gcp:{kind}", name, {}, options, outputs=outputs)
