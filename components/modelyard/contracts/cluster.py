"""A Kubernetes cluster, whoever runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pulumi import ProviderResource, Resource

    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context
    from modelyard.plan.copies import Copies
    from modelyard.plan.plan import SitePlan


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """How the cluster is reached, and which operators it is to run."""

    context: Context
    site: Site
    site_plan: SitePlan
    blueprint: Blueprint
    """Settings of charts follow from several of its sections."""


@dataclass(frozen=True, kw_only=True)
class ClusterFacts:
    """What workloads have to know of a cluster instead of whose it is."""

    storage_class: str | None
    """Class for volumes; None for the cluster's default."""
    needs_load_balancer: bool
    """Whether Services of type LoadBalancer would wait for ever."""
    gpu_taint: str
    """Key of the taint on GPU nodes."""
    credentials: tuple[str, int] | None = None
    """Address range and port at which pods get credentials for the cloud they are in."""
    copies: Copies | None = None
    """Where images and models come from that are outside; None where that can be reached."""


class Cluster(Protocol):
    """What stands in for a cluster."""

    @property
    def provider(self) -> ProviderResource:
        """The explicit Kubernetes provider of everything in this cluster."""
        ...

    @property
    def facts(self) -> ClusterFacts: ...

    @property
    def resource(self) -> Resource | None:
        """The cluster itself where it is ours: what it takes with it when it is destroyed."""
        ...

    def image(self, image: str) -> str:
        """The reference of an image of the catalog, at the site's mirror if it has one."""
        ...

    def operator(self, api_version: str) -> Resource | None:
        """The release that brings this API; None when the API is built in or already there."""
        ...
