"""Who may come over a link: the other end's networks, by the way in and no other."""

from __future__ import annotations

import pulumi

from modelyard.plan.links import End
from modelyard.sites.aws.ingress import GatewayBehindAlb
from modelyard.sites.aws.security_group import rule
from modelyard.sites.kubernetes.ingress import AttachedGateway


def let_in(
    parent: pulumi.Resource,
    name: str,
    ingress: GatewayBehindAlb | AttachedGateway | None,
    far: End,
) -> None:
    """Opens the load balancer inside the network for what is at the other end.

    Where `ingress.allow` lists who may come in, that list decides; one that is public is open.
    """
    if not isinstance(ingress, GatewayBehindAlb) or not ingress.inside:
        return
    group, why = ingress.security_group, f"requests of {far.site}"
    for port in ingress.ports:
        for number, network in enumerate(far.networks):
            called = f"{name}-{port}-{number}"
            rule(parent, called, "Ingress", group, {"cidrIpv4": network}, why, port)
