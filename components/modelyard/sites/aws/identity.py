"""Workload identity: a service account for each workload, and an IAM role for those that need one.

EKS Pod Identity joins the two. No key is kept anywhere: the agent on the node hands a pod the
credentials of its role for an hour at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.context import Purpose
from modelyard.contracts.identity import IdentityArgs, WorkloadIdentity
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.policies import Statement
from modelyard.sites.aws.roles import grant, role
from modelyard.sites.aws.trust import pod_trust
from modelyard.sites.kubernetes.identity import Namespaces

if TYPE_CHECKING:
    from modelyard.contracts.account import Account
    from modelyard.sites.aws.cluster import EksCluster


@dataclass(frozen=True, kw_only=True)
class PodIdentityArgs(IdentityArgs):
    site: AwsSite
    cluster: EksCluster
    account: Account


class PodIdentities(pulumi.ComponentResource):
    """Namespaces and service accounts as on any cluster, and roles for those that ask AWS."""

    def __init__(
        self, name: str, args: PodIdentityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:identity:PodIdentities", name, None, opts)
        self._name, self._args = name, args
        self._inside = Namespaces(name, args, pulumi.ResourceOptions(parent=self))
        self.namespaces = self._inside.namespaces
        self._granted: dict[str, int] = {}
        self._roles: dict[str, CloudResource] = {}
        self.register_outputs({"namespaces": {p: n.name for p, n in self.namespaces.items()}})

    def workload(self, name: str, purpose: Purpose, parent: pulumi.Resource) -> WorkloadIdentity:
        """A service account of its own for one workload, without an API token by default."""
        return self._inside.workload(name, purpose, parent)

    def allow(self, workload: WorkloadIdentity, statements: Sequence[Statement]) -> None:
        """Let a workload do this as well."""
        key = f"{workload.namespace.purpose}-{workload.name}"
        if key not in self._roles:
            self._roles[key] = self._role(workload, key)
        self._granted[key] = count = self._granted.get(key, 0) + 1
        grant(self, f"{self._name}-{key}-{count}", self._roles[key], statements, f"grant-{count}")

    def _role(self, workload: WorkloadIdentity, key: str) -> CloudResource:
        """A role that the pods of one service account in this cluster take, and nobody else."""
        args, namespace = self._args, workload.namespace.name
        made = role(
            self,
            f"{self._name}-{key}",
            args.context,
            args.site,
            called=(str(workload.namespace.purpose), workload.name),
            trust=pod_trust(args.site, args.cluster.name, namespace, workload.name),
        )
        association = {
            "clusterName": args.cluster.name,
            "namespace": namespace,
            "serviceAccount": workload.name,
            "roleArn": made["arn"],
        }
        CloudResource(
            "aws:eks/podIdentityAssociation:PodIdentityAssociation",
            f"{self._name}-{key}",
            association,
            pulumi.ResourceOptions(parent=self, deleted_with=args.cluster.control_plane),
            outputs={},
        )
        return made
