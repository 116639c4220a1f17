"""A Kubernetes cluster that is there already."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes

from modelyard.blueprint.site import ClusterAttach
from modelyard.catalog.images import image as catalog_image
from modelyard.contracts.cluster import ClusterArgs, ClusterFacts
from modelyard.plan.copies import copies_of, mirrored
from modelyard.sites.kubernetes.operators import Operators


class AttachedCluster(pulumi.ComponentResource):
    """A cluster reached through a kubeconfig, and the operators that the platform wants in it."""

    resource: pulumi.Resource | None = None
    """Not ours: destroying the platform leaves the cluster standing."""

    def __init__(
        self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:cluster:AttachedCluster", name, None, opts)
        self._site = args.site
        attach = args.site.cluster.attach
        assert isinstance(attach, ClusterAttach)  # offered on sites with a cluster of their own
        self.provider = provider(self, name, attach.kubeconfig, attach.context)
        self.facts = ClusterFacts(
            storage_class=args.site.volume_class,
            needs_load_balancer=False,
            gpu_taint=args.site.gpus.taint,
            copies=copies_of(args.site),
        )
        self._operators = Operators(name, args, self.provider, parent=self)
        self.register_outputs({"operators": list(args.site_plan.operators)})

    def image(self, image: str) -> str:
        """The reference of an image of the catalog, at the site's mirror if it has one."""
        reference = catalog_image(image).reference
        mirror = self._site.mirror
        return mirrored(reference, mirror.url) if mirror else reference

    def operator(self, api_version: str) -> pulumi.Resource | None:
        """The release that brings this API; None when the API is built in or already there."""
        return self._operators.bringing(api_version)

    @property
    def releases(self) -> Mapping[str, pulumi.Resource]:
        """What is installed, by operator: the last of its charts."""
        return self._operators.releases


def provider(
    parent: pulumi.Resource,
    name: str,
    kubeconfig: pulumi.Input[str] | None,
    context: str | None,
) -> pulumi_kubernetes.Provider:
    """The provider of everything in a cluster, whoever made the cluster."""
    return pulumi_kubernetes.Provider(
        name,
        context=context,
        kubeconfig=kubeconfig,
        # A renewed kubeconfig is the same cluster: without this, everything would be replaced.
        cluster_identifier=name,
        enable_server_side_apply=True,
        # Without these a change of their content deletes them and makes them anew.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )
