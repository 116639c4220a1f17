"""A cluster on machines of one's own, which lacks what a cloud brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.blueprint.bare import StorageEngine
from modelyard.blueprint.site import OnPremSite
from modelyard.catalog.operators import operator
from modelyard.contracts.cluster import ClusterArgs, ClusterFacts
from modelyard.objects.objects import Objects
from modelyard.sites.kubernetes.cluster import AttachedCluster
from modelyard.sites.onprem.storage import CephStorage

_API = "metallb.io/v1beta1"


class BareCluster(pulumi.ComponentResource):
    """An attached cluster, and what it lacks: addresses for its Services, storage for volumes."""

    resource: pulumi.Resource | None = None
    """Not ours: destroying the platform leaves the cluster standing."""

    def __init__(
        self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:cluster:BareCluster", name, None, opts)
        assert isinstance(args.site, OnPremSite)  # offered on such sites alone
        site = args.site
        attached = AttachedCluster(name, args, pulumi.ResourceOptions(parent=self))
        self.provider, self.image, self.operator = (
            attached.provider,
            attached.image,
            attached.operator,
        )
        self.facts = ClusterFacts(
            storage_class=site.volume_class,
            needs_load_balancer=site.balancing == "node-port",
            gpu_taint=site.gpus.taint,
            copies=attached.facts.copies,
        )
        if site.balancing == "metallb":
            self._announce(name, args, site.load_balancer.addresses)
        if site.storage.engine is StorageEngine.ROOK:
            CephStorage(f"{name}-storage", args, self, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"load_balancer": site.balancing, "storage": site.volume_class})

    def _announce(self, name: str, args: ClusterArgs, addresses: tuple[str, ...]) -> None:
        """Hand out these addresses, and answer for them on the local network."""
        pool = args.context.scope
        objects = Objects(self, name, self, None, args.context.labels("load-balancer"))
        inside = pulumi.ResourceOptions(provider=self.provider)
        ours = _object("IPAddressPool", pool, {"addresses": list(addresses)})
        made = objects.add(ours, opts=inside)
        seen = _object("L2Advertisement", pool, {"ipAddressPools": [pool]})
        objects.add(seen, after=[made], opts=inside)


def _object(kind: str, name: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = {"name": name, "namespace": operator("metallb").namespace}
    return {"apiVersion": _API, "kind": kind, "metadata": metadata, "spec": spec}
