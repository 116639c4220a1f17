"""The way to Google's own services from inside the network, by Private Service Connect.

One endpoint answers for all of them; their names lead to it. So nothing that asks them goes out,
and a network without a way out works all the same.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.names import scoped, solid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelyard.sites.gcp.vpc import GcpVpcArgs

DOMAINS = ("googleapis.com", "pkg.dev", "gcr.io")
"""APIs, and the registries of images. Source: VPC guide, access APIs through endpoints."""
_ENDPOINT = 20
"""Most characters of such an endpoint's name, letters and digits alone."""
_TTL = 300


def google_apis(
    parent: pulumi.Resource, name: str, args: GcpVpcArgs, network: pulumi.Output[str]
) -> None:
    """The endpoint, and the private zones that lead to it."""
    options = pulumi.ResourceOptions(parent=parent)
    inside = "vpc-sc" if args.site.perimeter else "all-apis"
    address = {
        "name": scoped(args.context, "google-apis"),
        "addressType": "INTERNAL",
        "purpose": "PRIVATE_SERVICE_CONNECT",
        "network": network,
        "address": beside(args.site.network.cidr),
    }
    token = "gcp:compute/globalAddress:GlobalAddress"
    made = CloudResource(token, f"{name}-apis", address, options, outputs={"address": str})
    rule = {
        "name": solid(scoped(args.context), _ENDPOINT),
        "target": inside,
        "network": network,
        "ipAddress": made.id,
        "loadBalancingScheme": "",
    }
    token = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
    CloudResource(token, f"{name}-apis", rule, options, outputs={})
    for domain in DOMAINS:
        _zone(f"{name}-{domain.replace('.', '-')}", args, network, domain, made, options)


def beside(cidr: str) -> str:
    """An address that is in no subnet: the last of the network's eighth that is left over."""
    return str(IPv4Network(cidr).broadcast_address - 1)


def _zone(
    name: str,
    args: GcpVpcArgs,
    network: pulumi.Output[str],
    domain: str,
    address: CloudResource,
    options: pulumi.ResourceOptions,
) -> None:
    zone: Mapping[str, Any] = {
        "name": scoped(args.context, domain.replace(".", "-")),
        "dnsName": f"{domain}.",
        "description": f"{domain} by the endpoint of {args.context.scope}",
        "visibility": "private",
        "privateVisibilityConfig": {"networks": [{"networkUrl": network}]},
    }
    token = "gcp:dns/managedZone:ManagedZone"
    made = CloudResource(token, name, zone, options, outputs={"name": str})
    own = {"managedZone": made["name"], "ttl": _TTL}
    here = {**own, "name": f"{domain}.", "type": "A", "rrdatas": [address["address"]]}
    every = {**own, "name": f"*.{domain}.", "type": "CNAME", "rrdatas": [f"{domain}."]}
    token = "gcp:dns/recordSet:RecordSet"
    CloudResource(token, name, here, options, outputs={})
    CloudResource(token, f"{name}-every", every, options, outputs={})
