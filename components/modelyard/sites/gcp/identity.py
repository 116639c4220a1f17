"""Workload identity: a service account in the cluster for each workload, known to Google by name.

The cluster's identities are principals of the project's own pool; a grant names one of them. No
key is kept anywhere: the node's metadata server hands a pod a token for an hour at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.context import Purpose
from modelyard.contracts.identity import IdentityArgs, WorkloadIdentity
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.kubernetes.identity import Namespaces

if TYPE_CHECKING:
    from modelyard.sites.gcp.cluster import GkeCluster


@dataclass(frozen=True, kw_only=True)
class PrincipalsArgs(IdentityArgs):
    site: GcpSite
    cluster: GkeCluster
    account: GcpProject


class Principals(pulumi.ComponentResource):
    """Namespaces and service accounts as on any cluster, each of which Google knows as well."""

    def __init__(
        self, name: str, args: PrincipalsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:identity:Principals", name, None, opts)
        self._args = args
        inside = Namespaces(name, args, pulumi.ResourceOptions(parent=self))
        self.namespaces, self._workload = inside.namespaces, inside.workload
        self.register_outputs({"namespaces": {p: n.name for p, n in self.namespaces.items()}})

    def workload(self, name: str, purpose: Purpose, parent: pulumi.Resource) -> WorkloadIdentity:
        """A service account of its own for one workload, without an API token by default."""
        return self._workload(name, purpose, parent)

    def principal(self, workload: WorkloadIdentity) -> pulumi.Output[str]:
        """The workload as a member of Google's policies."""
        return principal(self._args.account, workload.namespace.name, workload.name)


def principal(account: GcpProject, namespace: str, name: str) -> pulumi.Output[str]:
    """The pods of one service account; source: GKE guide, Workload Identity Federation."""
    pool = f"/locations/global/workloadIdentityPools/{account.project}.svc.id.goog"
    return pulumi.Output.concat(
        "principal://iam.googleapis.com/projects/",
        account.number,
        f"{pool}/subject/ns/{namespace}/sa/{name}",
    )
