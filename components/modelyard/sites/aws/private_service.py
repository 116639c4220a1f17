"""What a managed service in the network has: a security group, opened for the cluster alone."""

from __future__ import annotations

import pulumi

from modelyard.contracts.context import Context
from modelyard.contracts.vpc import Vpc
from modelyard.objects.cloud import CloudResource
from modelyard.plan.naming import fitted
from modelyard.sites.aws.security_group import from_network, rule

_MOST = 60


class PrivateService:
    """The place of one service. `called` is its name in the account."""

    def __init__(
        self, parent: pulumi.Resource, name: str, context: Context, vpc: Vpc, part: str = ""
    ) -> None:
        self._parent, self._vpc = parent, vpc
        self.name = f"{name}-{part}" if part else name
        kind = self.name.removeprefix(f"{context.platform}-")
        self.called = fitted(f"{context.scope}-{kind}", _MOST)

    def group(self, why: str) -> CloudResource:
        """A security group that lets nothing in and nothing out yet."""
        inputs = {"name": self.called, "description": why, "vpcId": self._vpc.id}
        return CloudResource(
            "aws:ec2/securityGroup:SecurityGroup", self.name, inputs, self._options, outputs={}
        )

    def opened(self, port: int, source: pulumi.Input[str], why: str) -> CloudResource:
        """A security group that lets in one port from the members of another one."""
        group = self.group(why)
        other = {"referencedSecurityGroupId": source}
        rule(self._parent, self.name, "Ingress", group.id, other, why, port)
        return group

    def opened_to_network(self, why: str) -> CloudResource:
        """A security group that lets in HTTPS from the network, and from what is joined to it."""
        group = self.group(why)
        from_network(self._parent, self.name, group.id, self._vpc.cidr)
        return group

    @property
    def _options(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self._parent)
