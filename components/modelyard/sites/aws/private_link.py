"""AWS's end of a link by service: addresses of its own network at which the other site answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from modelyard.blueprint.site import AwsSite, Site
from modelyard.contracts.account import Account
from modelyard.contracts.link import LinkArgs, OtherEnd
from modelyard.objects.cloud import CloudResource
from modelyard.plan.zones import places
from modelyard.sites.aws.endpoint_service import EndpointService
from modelyard.sites.aws.names import root
from modelyard.sites.aws.private_service import PrivateService
from modelyard.sites.aws.vpc import AttachedVpc, AwsVpc

_SEEN = {"dnsEntries": [{"dnsName": str, "hostedZoneId": str}]}
"""The first is the name for all zones."""


@dataclass(frozen=True, kw_only=True)
class PrivateLinkArgs(LinkArgs):
    site: AwsSite
    account: Account
    vpc: AwsVpc | AttachedVpc
    other: OtherEnd
    asked: tuple[str, ...]
    """What this site asks the other one for."""
    published: tuple[str, ...]
    """What the other one asks for here."""
    domain_there: str
    site_there: Site
    endpoint_service: EndpointService | None = None


class PrivateLink(pulumi.ComponentResource):
    """An endpoint of the other end's service, under the names that the other end has itself."""

    def __init__(
        self, name: str, args: PrivateLinkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:link:PrivateLink", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        if args.asked:
            self._name_it(self._endpoint())
        self.tunnels = ()
        self.told = {} if isinstance(args.site_there, AwsSite) else self._told()
        self.register_outputs({"told": self.told})

    def _told(self) -> Mapping[str, pulumi.Input[str]]:
        """The exact values for the owner of an end that is made by somebody else."""
        here = self._args.endpoint_service if self._args.published else None
        by_whom = {"principal that connects": root(self._args.site, self._args.site.account)}
        return {
            **(by_whom if self._args.asked else {}),
            **({"service": here.service} if here else {}),
        }

    def _endpoint(self) -> CloudResource:
        args = self._args
        there = args.other.endpoint_service
        far = args.site_there if isinstance(args.site_there, AwsSite) else None
        subnets = list(args.vpc.private_subnets)
        inputs = {
            "vpcEndpointType": "Interface",
            "vpcId": args.vpc.id,
            "serviceName": there.service if there else args.way.link.service,
            "subnetIds": [subnets[number] for number in places(args.site, far)],
            "securityGroupIds": [self._group().id],
            "privateDnsEnabled": False,
            "tags": {"Name": f"{args.context.scope}-{args.way.far.site}"},
        }
        token = "aws:ec2/vpcEndpoint:VpcEndpoint"
        return CloudResource(token, self._name, inputs, self._options, outputs=_SEEN)

    def _group(self) -> CloudResource:
        """HTTPS from inside this network, and nothing out."""
        place = PrivateService(self, self._name, self._args.context, self._args.vpc)
        return place.opened_to_network(f"The way to {self._args.way.far.site}")

    def _name_it(self, endpoint: CloudResource) -> None:
        """In this network the other site's names lead to the endpoint; its certificate fits."""
        args, entry = self._args, endpoint["dnsEntries"][0]
        zone = {
            "name": args.domain_there,
            "comment": f"{args.way.far.site}, as a service",
            "vpcs": [{"vpcId": args.vpc.id}],
            "tags": {"Name": f"{args.context.scope}-{args.way.far.site}"},
        }
        made = CloudResource(
            "aws:route53/zone:Zone", self._name, zone, self._options, outputs={"zoneId": str}
        )
        to = {"name": entry["dnsName"], "zoneId": entry["hostedZoneId"]}
        record = {
            "zoneId": made["zoneId"],
            "name": f"*.{args.domain_there}",
            "type": "A",
            "aliases": [{**to, "evaluateTargetHealth": False}],
        }
        token = "aws:route53/record:Record"
        CloudResource(token, self._name, record, self._options, outputs={})
