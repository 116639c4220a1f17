"""The way in, published as a service: other networks reach it, and nothing else of this one.

A service stands behind a network load balancer, and that one passes on to the load balancer of the
way in, behind its firewall. Neither network learns of the other's addresses. Source: PrivateLink
guide, endpoint services; ELB user guide, load balancers as targets, read 2026-11-26.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.plan.plan import SitePlan
from modelyard.plan.private_services import accounts
from modelyard.sites.aws.ingress import GatewayBehindAlb
from modelyard.sites.aws.names import BALANCER, balancer_name, root, scoped
from modelyard.sites.aws.private_service import PrivateService
from modelyard.sites.aws.security_group import rule
from modelyard.sites.aws.vpc import AttachedVpc, AwsVpc

PORT = 443


@dataclass(frozen=True, kw_only=True)
class EndpointServiceArgs:
    context: Context
    blueprint: Blueprint
    site: AwsSite
    site_plan: SitePlan
    account: Account
    vpc: AwsVpc | AttachedVpc
    ingress: GatewayBehindAlb


class EndpointService(pulumi.ComponentResource):
    """One for all links of a site; the accounts at their other ends may connect, and no others.

    Who connects is known by the account, so nobody has to accept. Its name in DNS is left to those
    who ask: AWS lets out one that it has seen proved to be ours, and that takes a hand.
    """

    def __init__(
        self, name: str, args: EndpointServiceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:endpoint-service:EndpointService", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        balancer = self._balancer()
        self._listen(balancer, self._targets())
        self.service = self._publish(balancer)["serviceName"]
        self.register_outputs({"service": self.service})

    def _balancer(self) -> CloudResource:
        """It has no port for its own network: what comes by the service passes the group unasked,
        since an account and not an address is let in, and addresses may be those of this network.
        """
        args = self._args
        inputs = {
            "name": balancer_name(args.context, "service"),
            "loadBalancerType": "network",
            "internal": True,
            "subnets": list(args.vpc.private_subnets),
            "securityGroups": [self._group().id],
            "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic": "off",
            "enableCrossZoneLoadBalancing": True,
            "enableDeletionProtection": args.context.protect,
        }
        token = "aws:lb/loadBalancer:LoadBalancer"
        return CloudResource(token, self._name, inputs, self._options)

    def _group(self) -> CloudResource:
        """Out to the way in, which lets it in, and to nothing else."""
        there = self._args.ingress.security_group
        place = PrivateService(self, self._name, self._args.context, self._args.vpc)
        group = place.group("The way in, as a service")
        out, own = {"referencedSecurityGroupId": there}, {"referencedSecurityGroupId": group.id}
        rule(self, f"{self._name}-out", "Egress", group.id, out, "to the way in", PORT)
        rule(self, f"{self._name}-in", "Ingress", there, own, "what comes by the service", PORT)
        return group

    def _targets(self) -> CloudResource:
        """The load balancer of the way in; any answer of it shows that it is alive."""
        alive = {"protocol": "HTTPS", "path": "/", "matcher": "200-499", "port": "traffic-port"}
        inputs = {
            "name": scoped(self._args.context, "service", most=BALANCER),
            "targetType": "alb",
            "port": PORT,
            "protocol": "TCP",
            "vpcId": self._args.vpc.id,
            "healthCheck": alive,
        }
        token = "aws:lb/targetGroup:TargetGroup"
        made = CloudResource(token, self._name, inputs, self._options)
        # A load balancer is taken as a target when it listens at the target's port.
        options = pulumi.ResourceOptions(parent=self, depends_on=[self._args.ingress.listener])
        there = {"targetGroupArn": made["arn"], "targetId": self._args.ingress.arn, "port": PORT}
        token = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
        CloudResource(token, self._name, there, options, outputs={})
        return made

    def _listen(self, balancer: CloudResource, targets: CloudResource) -> None:
        """TLS goes through to the way in, which has the certificate."""
        inputs = {
            "loadBalancerArn": balancer["arn"],
            "port": PORT,
            "protocol": "TCP",
            "defaultActions": [{"type": "forward", "targetGroupArn": targets["arn"]}],
        }
        token = "aws:lb/listener:Listener"
        CloudResource(token, self._name, inputs, self._options, outputs={})

    def _publish(self, balancer: CloudResource) -> CloudResource:
        args = self._args
        may = [
            root(args.site, account) for account in accounts(args.blueprint, args.site_plan.name)
        ]
        inputs = {
            "networkLoadBalancerArns": [balancer["arn"]],
            "allowedPrincipals": may,
            "acceptanceRequired": False,
            "supportedIpAddressTypes": ["ipv4"],
            "tags": {"Name": args.context.scope},
        }
        token, seen = "aws:ec2/vpcEndpointService:VpcEndpointService", {"serviceName": str}
        return CloudResource(token, self._name, inputs, self._options, outputs=seen)
