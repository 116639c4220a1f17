"""An address in our network behind which a service of another one answers, Google's or ours."""

from __future__ import annotations

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.vpc import AttachedVpc, GcpVpc


def private_endpoint(
    parent: pulumi.Resource,
    name: str,
    site: GcpSite,
    vpc: GcpVpc | AttachedVpc,
    *,
    called: str,
    attachment: pulumi.Input[str],
) -> pulumi.Output[str]:
    """The address; `attachment` is what the service offers, `called` Google's name for both."""
    options = pulumi.ResourceOptions(parent=parent)
    place = {
        "name": called,
        "region": site.region,
        "addressType": "INTERNAL",
        "subnetwork": vpc.subnet,
    }
    token = "gcp:compute/address:Address"
    address = CloudResource(token, name, place, options, outputs={"address": str})
    rule = {
        "name": called,
        "region": site.region,
        "network": vpc.id,
        "ipAddress": address.id,
        "target": attachment,
        "loadBalancingScheme": "",
        "allowPscGlobalAccess": False,
    }
    token = "gcp:compute/forwardingRule:ForwardingRule"
    CloudResource(token, name, rule, options, outputs={})
    return address["address"]
