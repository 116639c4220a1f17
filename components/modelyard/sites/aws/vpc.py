"""The private network: subnets in each zone, the ways out, and a record of who talks to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.kms import Kms
from modelyard.contracts.vpc import VpcArgs
from modelyard.objects.cloud import CloudResource
from modelyard.plan.plan import SitePlan
from modelyard.plan.zones import zones
from modelyard.sites.aws.endpoints import Endpoints
from modelyard.sites.aws.flow_logs import flow_logs
from modelyard.sites.aws.names import CLUSTER, scoped
from modelyard.sites.aws.routes import Routes
from modelyard.sites.aws.subnets import divided

ROLES = {
    "private": {"kubernetes.io/role/internal-elb": "1"},
    "data": {},
    "public": {"kubernetes.io/role/elb": "1"},
}
"""Tags by which the load balancer controller finds subnets; source: EKS user guide."""


@dataclass(frozen=True, kw_only=True)
class AttachedVpcArgs(VpcArgs):
    site: AwsSite
    account: Account


@dataclass(frozen=True, kw_only=True)
class AwsVpcArgs(AttachedVpcArgs):
    site_plan: SitePlan
    kms: Kms


class AwsVpc(pulumi.ComponentResource):
    """A network of our own. Nothing in it has a public address but what is meant to."""

    def __init__(
        self, name: str, args: AwsVpcArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:vpc:AwsVpc", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        self.cidr = args.site.network.cidr
        self.zones = zones(args.site)
        self._vpc = self._network()
        self.id = self._vpc.id
        subnets = self._subnets()
        self.private_subnets = [each.id for each in subnets["private"]]
        self.data_subnets = [each.id for each in subnets["data"]]
        self.public_subnets = [each.id for each in subnets["public"]]
        routes = Routes(self, name, args.site.network, self._vpc, subnets)
        self.tables = routes.ordinary
        Endpoints(self, name, args, self, routes.tables)
        flow_logs(self, name, args, self._vpc)
        self.register_outputs({"id": self.id, "zones": list(self.zones)})

    def _network(self) -> CloudResource:
        """The network; its default security group, which nobody uses, lets nothing through."""
        inputs = {
            "cidrBlock": self.cidr,
            "enableDnsSupport": True,
            "enableDnsHostnames": True,
            "tags": {"Name": self._args.context.scope},
        }
        made = CloudResource("aws:ec2/vpc:Vpc", self._name, inputs, self._options)
        CloudResource(
            "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
            f"{self._name}-default",
            {"vpcId": made.id, "ingress": [], "egress": []},
            self._options,
            outputs={},
        )
        return made

    def _subnets(self) -> Mapping[str, Sequence[CloudResource]]:
        """By kind, one for each zone; public ones only where something stands in them."""
        ranges = divided(self.cidr, len(self.zones))
        kinds = ["private", "data", *(["public"] if public(self._args.site) else [])]
        return {"public": [], **{kind: self._kind(kind, getattr(ranges, kind)) for kind in kinds}}

    def _kind(self, kind: str, ranges: Sequence[str]) -> list[CloudResource]:
        pairs = zip(self.zones, ranges, strict=True)
        return [self._subnet(kind, zone, range) for zone, range in pairs]

    def _subnet(self, kind: str, zone: str, range: str) -> CloudResource:
        scope = self._args.context.scope
        karpenter = {"karpenter.sh/discovery": scoped(self._args.context, most=CLUSTER)}
        inputs: dict[str, Any] = {
            "vpcId": self.id,
            "cidrBlock": range,
            "availabilityZoneId": zone,
            "mapPublicIpOnLaunch": False,
            "tags": {
                "Name": f"{scope}-{kind}-{zone}",
                **ROLES[kind],
                **(karpenter if kind == "private" else {}),
            },
        }
        name = f"{self._name}-{kind}-{zone}"
        return CloudResource("aws:ec2/subnet:Subnet", name, inputs, self._options)


class AttachedVpc(pulumi.ComponentResource):
    """A network that is there already; its routes, endpoints and logs are its owner's."""

    def __init__(
        self, name: str, args: AttachedVpcArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:vpc:AttachedVpc", name, None, opts)
        attach = args.site.network.attach
        assert attach is not None  # placed only where the blueprint names a network
        there = CloudResource(
            "aws:ec2/vpc:Vpc",
            name,
            {},
            pulumi.ResourceOptions(parent=self, id=attach.network),
            outputs={"cidrBlock": str},
        )
        self.id, self.cidr = there.id, there["cidrBlock"]
        self.private_subnets = list(attach.private_subnets)
        self.data_subnets = self.private_subnets
        self.public_subnets = list(attach.public_subnets)
        self.zones: tuple[str, ...] = ()
        self.tables: list[pulumi.Output[str]] = []
        self.register_outputs({"id": self.id})


def public(site: AwsSite) -> bool:
    """Whether anything of the site has a public address: a way out, or the way in."""
    return site.network.nat != "none" or bool(site.ingress and site.ingress.public)
