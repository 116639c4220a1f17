"""What a security group lets in and out, one rule for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pulumi

from modelyard.objects.cloud import CloudResource

Way = Literal["Ingress", "Egress"]


def rule(
    parent: pulumi.Resource,
    name: str,
    way: Way,
    group: pulumi.Input[str],
    other: Mapping[str, pulumi.Input[str]],
    why: str,
    port: int | None = None,
) -> None:
    """Let through what comes from, or goes to, the other side: everything where no port is said.

    `other` is `{"cidrIpv4": …}` or `{"referencedSecurityGroupId": …}`.
    """
    ports = {"ipProtocol": "-1"}
    if port is not None:
        ports = {"ipProtocol": "tcp", "fromPort": port, "toPort": port}
    inputs = {"securityGroupId": group, "description": why, **ports, **other}
    token = f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule"
    CloudResource(token, name, inputs, pulumi.ResourceOptions(parent=parent), outputs={})


def from_network(
    parent: pulumi.Resource, name: str, group: pulumi.Input[str], cidr: pulumi.Input[str]
) -> None:
    """HTTPS from the site's own network, and from what is joined to it."""
    rule(parent, name, "Ingress", group, {"cidrIpv4": cidr}, "HTTPS from the network", 443)
