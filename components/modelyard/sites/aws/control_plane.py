"""The control plane of an EKS cluster: where it listens, who gets in, and what it records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi

from modelyard.catalog.eks import eks
from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.logs import log_group
from modelyard.sites.aws.names import iam_arn
from modelyard.sites.aws.policies import Statement
from modelyard.sites.aws.roles import Role, service_role
from modelyard.sites.aws.security_group import rule

if TYPE_CHECKING:
    from modelyard.sites.aws.cluster import EksArgs

LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
SEEN = {"arn": str, "endpoint": str, "certificateAuthority": {"data": str}}
"""Outputs of a cluster that others read."""
AUTO = (
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
"""What Auto Mode does in the account; source: EKS user guide, auto-cluster-iam-role."""


class ControlPlane:
    """One cluster and its role, log group and security group."""

    def __init__(
        self,
        parent: pulumi.Resource,
        name: str,
        called: str,
        args: EksArgs,
        mode: Mapping[str, Any],
        policies: Sequence[str] = (),
        statements: Sequence[Statement] = (),
    ) -> None:
        self._parent, self._name, self._called, self._args = parent, name, called, args
        self._options = pulumi.ResourceOptions(parent=parent)
        self.security_group = self._security_group()
        # Made before the cluster, which would make one without a key and for ever.
        log = log_group(parent, name, args.kms, f"/aws/eks/{called}/cluster")
        role = self._role(policies, statements)
        self.cluster = self._cluster(role, mode, [log, *role.policies])
        self._login()

    def _security_group(self) -> CloudResource:
        """Of the nodes, and of the control plane where it reaches into their network."""
        group = CloudResource(
            "aws:ec2/securityGroup:SecurityGroup",
            self._name,
            {
                "name": self._called,
                "description": "Nodes and control plane of the cluster",
                "vpcId": self._args.vpc.id,
                "tags": {"karpenter.sh/discovery": self._called},
            },
            self._options,
            outputs={},
        )
        own, everywhere = {"referencedSecurityGroupId": group.id}, {"cidrIpv4": "0.0.0.0/0"}
        out = "whatever policies allow pods"
        rule(self._parent, self._name, "Ingress", group.id, own, "each other")
        rule(self._parent, self._name, "Egress", group.id, everywhere, out)
        remote = self._args.site.cluster.remote_networks
        for number, cidr in enumerate((*remote.nodes, *remote.pods) if remote else ()):
            called, there = f"{self._name}-remote-{number}", {"cidrIpv4": cidr}
            rule(self._parent, called, "Ingress", group.id, there, "machines elsewhere")
        return group

    def _role(self, policies: Sequence[str], statements: Sequence[Statement]) -> Role:
        return service_role(
            self._parent,
            self._name,
            self._args.context,
            self._args.site,
            service="eks.amazonaws.com",
            called=("cluster",),
            managed=("AmazonEKSClusterPolicy", *policies),
            statements=statements,
            actions=("sts:AssumeRole", "sts:TagSession"),
        )

    def _cluster(
        self, role: CloudResource, mode: Mapping[str, Any], first: Sequence[pulumi.Resource]
    ) -> CloudResource:
        context, settings = self._args.context, self._args.site.cluster
        inputs = {
            "name": self._called,
            "version": settings.version or eks().default,
            "roleArn": role["arn"],
            "vpcConfig": self._network(),
            # Whoever runs `up` installs the operators in the same run, so it is let in at once.
            "accessConfig": {
                "authenticationMode": "API",
                "bootstrapClusterCreatorAdminPermissions": True,
            },
            "encryptionConfig": {
                "resources": ["secrets"],
                "provider": {"keyArn": self._args.kms.key(Encrypts.SECRETS)},
            },
            "enabledClusterLogTypes": list(LOGS),
            # Without it a forgotten cluster costs six times as much, silently.
            "upgradePolicy": {"supportType": "STANDARD"},
            "zonalShiftConfig": {"enabled": True},
            "deletionProtection": context.protect,
            "bootstrapSelfManagedAddons": False,
            "remoteNetworkConfig": self._remote(),
            **mode,
        }
        options = pulumi.ResourceOptions(
            parent=self._parent, depends_on=list(first), protect=context.protect or None
        )
        return CloudResource("aws:eks/cluster:Cluster", self._name, inputs, options, outputs=SEEN)

    def _network(self) -> Mapping[str, Any]:
        settings = self._args.site.cluster
        public = settings.endpoint == "restricted"
        return {
            "subnetIds": list(self._args.vpc.private_subnets),
            "securityGroupIds": [self.security_group.id],
            "endpointPrivateAccess": True,
            "endpointPublicAccess": public,
            **({"publicAccessCidrs": list(settings.allow)} if public else {}),
        }

    def _remote(self) -> Mapping[str, Any] | None:
        """Machines elsewhere that may become nodes (EKS hybrid nodes)."""
        remote = self._args.site.cluster.remote_networks
        if remote is None:
            return None
        pods = {"remotePodNetworks": {"cidrs": list(remote.pods)}} if remote.pods else {}
        return {"remoteNodeNetworks": {"cidrs": list(remote.nodes)}, **pods}

    def _login(self) -> None:
        """Roles of the account that the blueprint names, and the team's own identity provider."""
        for role in sorted(roles_named(self._args)):
            entry = {
                "clusterName": self.cluster["name"],
                "principalArn": role_arn(self._args, role),
                "kubernetesGroups": [f"role:{role}"],
                "type": "STANDARD",
            }
            self._add("eks/accessEntry:AccessEntry", f"role-{role.replace('/', '-')}", entry)
        if login := self._args.site.cluster.login:
            oidc = {
                "identityProviderConfigName": "people",
                "issuerUrl": login.issuer,
                "clientId": login.client,
                "usernameClaim": login.users,
                "groupsClaim": login.groups,
            }
            config = {"clusterName": self.cluster["name"], "oidc": oidc}
            self._add("eks/identityProviderConfig:IdentityProviderConfig", "people", config)

    def _add(self, kind: str, part: str, inputs: Mapping[str, Any]) -> None:
        options = pulumi.ResourceOptions(parent=self._parent, deleted_with=self.cluster)
        CloudResource(f"aws:{kind}", f"{self._name}-{part}", inputs, options, outputs={})


def roles_named(args: EksArgs) -> set[str]:
    """The roles of the account that stand in any of the four lists."""
    access = args.blueprint.access
    lists = (access.admins, access.developers, access.viewers, access.approvers)
    people = {subject for each in lists for subject in each}
    return {who.removeprefix("role:") for who in people if who.startswith("role:")}


def role_arn(args: EksArgs, role: str) -> str:
    return iam_arn(args.site, f"role/{role}")
