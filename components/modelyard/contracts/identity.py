"""Identity: namespaces by purpose, and a service account for every workload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pulumi import Resource

    from modelyard.blueprint.site import Site
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context, Namespace, Purpose


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    context: Context
    site: Site
    cluster: Cluster


@dataclass(frozen=True)
class WorkloadIdentity:
    """The service account that a workload runs as."""

    name: str
    audience: str
    """What its projected token is bound to."""
    resource: Resource
    namespace: Namespace


class Identity(Protocol):
    """Who workloads are."""

    @property
    def namespaces(self) -> Mapping[Purpose, Namespace]: ...

    def workload(self, name: str, purpose: Purpose, parent: Resource) -> WorkloadIdentity:
        """A service account of its own for one workload, without an API token by default.

        It carries the pull secret of the site's mirror, so that pods need not name it.
        """
        ...
