"""Google's end of a link by service: an address of its own network at which the other answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from modelyard.blueprint.site import GcpSite, Site
from modelyard.contracts.account import Account
from modelyard.contracts.link import LinkArgs, OtherEnd
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.endpoint_service import ServiceAttachment
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.private_endpoint import private_endpoint
from modelyard.sites.gcp.vpc import AttachedVpc, GcpVpc

_TTL = 300


@dataclass(frozen=True, kw_only=True)
class PrivateServiceConnectArgs(LinkArgs):
    site: GcpSite
    account: Account
    vpc: GcpVpc | AttachedVpc
    other: OtherEnd
    asked: tuple[str, ...]
    """What this site asks the other one for."""
    published: tuple[str, ...]
    """What the other one asks for here."""
    domain_there: str
    site_there: Site
    endpoint_service: ServiceAttachment | None = None


class PrivateServiceConnect(pulumi.ComponentResource):
    """An endpoint of the other end's service, under the names that the other end has itself."""

    def __init__(
        self, name: str, args: PrivateServiceConnectArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:link:PrivateServiceConnect", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        self._called = scoped(args.context, "service", args.way.far.site)
        if args.asked:
            self._name_it(self._endpoint())
        self.tunnels = ()
        self.told = {} if isinstance(args.site_there, GcpSite) else self._told()
        self.register_outputs({"told": self.told})

    def _told(self) -> Mapping[str, pulumi.Input[str]]:
        """The exact values for the owner of an end that is made by somebody else."""
        here = self._args.endpoint_service if self._args.published else None
        by_whom = {"project that connects": self._args.site.project}
        return {
            **(by_whom if self._args.asked else {}),
            **({"service": here.service} if here else {}),
        }

    def _endpoint(self) -> pulumi.Output[str]:
        args, there = self._args, self._args.other.endpoint_service
        service = there.service if there else args.way.link.service
        assert service is not None  # a blueprint has to name what is not made
        return private_endpoint(
            self, self._name, args.site, args.vpc, called=self._called, attachment=service
        )

    def _name_it(self, address: pulumi.Output[str]) -> None:
        """In this network the other site's names lead to the endpoint; its certificate fits."""
        args = self._args
        zone = {
            "name": self._called,
            "dnsName": f"{args.domain_there}.",
            "description": f"{args.way.far.site}, as a service",
            "visibility": "private",
            "privateVisibilityConfig": {"networks": [{"networkUrl": args.vpc.id}]},
        }
        token, seen = "gcp:dns/managedZone:ManagedZone", {"name": str}
        made = CloudResource(token, self._name, zone, self._options, outputs=seen)
        record = {
            "managedZone": made["name"],
            "name": f"*.{args.domain_there}.",
            "type": "A",
            "ttl": _TTL,
            "rrdatas": [address],
        }
        token = "gcp:dns/recordSet:RecordSet"
        CloudResource(token, self._name, record, self._options, outputs={})
