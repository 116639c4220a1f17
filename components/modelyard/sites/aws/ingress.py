"""The way in: a load balancer behind a firewall, in front of the Gateway in the cluster.

The load balancer is a resource of the platform and not of a controller, so that a review sees it,
and so that the firewall is there before anybody can come in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.cloud import CloudIngress
from modelyard.blueprint.site import AwsSite
from modelyard.catalog.operators import operator
from modelyard.contracts.account import Account
from modelyard.contracts.ingress import IngressArgs, Overflow
from modelyard.contracts.kms import Kms
from modelyard.objects.cloud import CloudResource
from modelyard.objects.objects import Objects
from modelyard.sites.aws.buckets import BALANCERS
from modelyard.sites.aws.cluster import EksCluster
from modelyard.sites.aws.firewall import Guard, firewall
from modelyard.sites.aws.names import BALANCER, balancer_name, scoped
from modelyard.sites.aws.object_store import AttachedBucket, S3Buckets
from modelyard.sites.aws.private_service import PrivateService
from modelyard.sites.aws.security_group import rule
from modelyard.sites.aws.vpc import AwsVpc
from modelyard.sites.kubernetes.ingress import ClusterGateway

_EVERYWHERE = "0.0.0.0/0"
_TLS = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.3 and 1.2 with forward secrecy; source: ELB user guide, security policies."""
_ABOVE = 10_000
"""Envoy runs without privileges: its pods listen that far above the Gateway's own port."""
_PATIENCE = 300
"""Seconds between two bytes of an answer: a language model may take its time for the first."""


@dataclass(frozen=True, kw_only=True)
class AlbArgs(IngressArgs):
    site: AwsSite
    cluster: EksCluster
    account: Account
    vpc: AwsVpc
    kms: Kms
    object_store: S3Buckets | AttachedBucket


class GatewayBehindAlb(pulumi.ComponentResource):
    """An application load balancer, inside the network unless the blueprint says `public`."""

    def __init__(
        self, name: str, args: AlbArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:ingress:GatewayBehindAlb", name, None, opts)
        assert args.site.ingress is not None  # placed only where the blueprint has a way in
        self._name, self._args, self._settings = name, args, args.site.ingress
        self._options = pulumi.ResourceOptions(parent=self)
        self._gateway = ClusterGateway(f"{name}-gateway", args, self._options)
        self.peer, self._port = self._gateway.peer, self._gateway.port + _ABOVE
        balancer = self._balancer(PrivateService(self, name, args.context, args.vpc))
        guarded = self._firewall(balancer)
        targets = self._targets()
        self.listener = self._listen(balancer, targets, guarded)
        self._bind(targets)
        self.arn, self.address = balancer["arn"], balancer["dnsName"]
        self.register_outputs({"domain": self._settings.domain, "address": self.address})

    @property
    def ports(self) -> tuple[int, ...]:
        return _ports(self._settings)

    @property
    def inside(self) -> bool:
        """Whether it is open for the network alone, and so for what is linked to that."""
        return not self._settings.public and not self._settings.allow

    def route(
        self,
        objects: Objects,
        name: str,
        service: str,
        port: int,
        path: str | None = None,
        overflow: Overflow | None = None,
        mirror: str | None = None,
    ) -> str:
        """Send `NAME.<domain>` to a Service beside the given objects; returns the URL."""
        host = self._gateway.route(objects, name, service, port, path, overflow, mirror)
        return f"{'https' if self._settings.certificate else 'http'}://{host}"

    def _balancer(self, place: PrivateService) -> CloudResource:
        args, public = self._args, self._settings.public
        group = self._security_group(place)
        self.security_group = group.id
        inputs = {
            "name": balancer_name(args.context),
            "loadBalancerType": "application",
            "internal": not public,
            "subnets": list(args.vpc.public_subnets if public else args.vpc.private_subnets),
            "securityGroups": [group.id],
            "dropInvalidHeaderFields": True,
            "desyncMitigationMode": "strictest",
            "idleTimeout": _PATIENCE,
            "enableDeletionProtection": args.context.protect,
            "accessLogs": self._logged(),
        }
        seen = {"arn": str, "dnsName": str, "arnSuffix": str}
        # It tries at once whether it may write its log.
        right = args.object_store.logging_policy
        options = pulumi.ResourceOptions(parent=self, depends_on=[right] if right else None)
        token = "aws:lb/loadBalancer:LoadBalancer"
        return CloudResource(token, self._name, inputs, options, outputs=seen)

    def _logged(self) -> Mapping[str, Any] | None:
        """Who asked for what; not where the buckets are somebody else's."""
        kept = self._args.object_store.access_logs
        if kept is None:
            return None
        return {"bucket": kept["bucket"], "prefix": BALANCERS.rstrip("/"), "enabled": True}

    def _security_group(self, place: PrivateService) -> CloudResource:
        """In by the listeners' ports, out to Envoy in the cluster and to nothing else."""
        group = place.group("The way in")
        for port in _ports(self._settings):
            for number, source in enumerate(self._sources()):
                called = f"{self._name}-{port}-{number}"
                rule(self, called, "Ingress", group.id, {"cidrIpv4": source}, "requests", port)
        cluster = self._args.cluster.security_group
        there, back = ({"referencedSecurityGroupId": each} for each in (cluster, group.id))
        envoy, known = f"{self._name}-envoy", f"{self._name}-from-balancer"
        rule(self, envoy, "Egress", group.id, there, "to the Gateway", self._port)
        rule(self, known, "Ingress", cluster, back, "the load balancer", self._port)
        return group

    def _sources(self) -> Sequence[pulumi.Input[str]]:
        if self._settings.allow:
            return self._settings.allow
        return [_EVERYWHERE] if self._settings.public else [self._args.vpc.cidr]

    def _firewall(self, balancer: CloudResource) -> CloudResource:
        guard = Guard(
            rate_limit=self._settings.rate_limit,
            allow=self._settings.allow,
            kms=self._args.kms,
        )
        acl = firewall(self, self._name, self._args.context, guard)
        inputs = {"resourceArn": balancer["arn"], "webAclArn": acl["arn"]}
        token = "aws:wafv2/webAclAssociation:WebAclAssociation"
        return CloudResource(token, self._name, inputs, self._options, outputs={})

    def _targets(self) -> CloudResource:
        """Envoy's pods by their addresses; any answer of the Gateway shows that it is alive."""
        protocol = "HTTPS" if self._gateway.secure else "HTTP"
        alive = {"path": "/", "matcher": "200-499", "port": "traffic-port", "protocol": protocol}
        inputs = {
            "name": scoped(self._args.context, most=BALANCER),
            "targetType": "ip",
            "port": self._port,
            "protocol": protocol,
            "vpcId": self._args.vpc.id,
            "deregistrationDelay": 60,
            "healthCheck": alive,
        }
        token = "aws:lb/targetGroup:TargetGroup"
        return CloudResource(token, self._name, inputs, self._options)

    def _listen(
        self, balancer: CloudResource, targets: CloudResource, guarded: CloudResource
    ) -> CloudResource:
        """HTTPS where there is a certificate; then HTTP only points to it. Returns what answers."""
        forward = [{"type": "forward", "targetGroupArn": targets["arn"]}]
        redirect = {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}
        plain = {"port": 80, "protocol": "HTTP"}
        if self._settings.certificate is None:
            return self._listener("http", balancer, {**plain, "defaultActions": forward}, guarded)
        to = [{"type": "redirect", "redirect": redirect}]
        self._listener("http", balancer, {**plain, "defaultActions": to}, guarded)
        secure = {
            "port": 443,
            "protocol": "HTTPS",
            "sslPolicy": _TLS,
            "certificateArn": self._settings.certificate,
            "defaultActions": forward,
        }
        return self._listener("https", balancer, secure, guarded)

    def _listener(
        self, part: str, balancer: CloudResource, inputs: Mapping[str, Any], guarded: CloudResource
    ) -> CloudResource:
        options = pulumi.ResourceOptions(parent=self, depends_on=[guarded])
        inputs = {"loadBalancerArn": balancer["arn"], **inputs}
        token = "aws:lb/listener:Listener"
        return CloudResource(token, f"{self._name}-{part}", inputs, options, outputs={})

    def _bind(self, targets: CloudResource) -> None:
        """Puts Envoy's pods behind the load balancer, wherever they are just now."""
        spec = {
            "targetGroupARN": targets["arn"],
            "targetType": "ip",
            "serviceRef": {"name": self._gateway.service, "port": self._gateway.port},
        }
        manifest = {
            "apiVersion": self._args.cluster.target_group_api,
            "kind": "TargetGroupBinding",
            "metadata": {
                "name": self._gateway.service,
                "namespace": operator("envoy-gateway").namespace,
            },
            "spec": spec,
        }
        labels = self._args.context.labels("gateway")
        objects = Objects(self, self._name, self._args.cluster, None, labels)
        objects.add(manifest, "binding", after=[self._gateway.resource])


def _ports(settings: CloudIngress) -> tuple[int, ...]:
    return (80, 443) if settings.certificate else (80,)
