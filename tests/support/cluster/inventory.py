"""The product's own look at a cluster, turned to the one that runs here."""

from __future__ import annotations

from pathlib import Path

from tests.support.cluster.standing import Standing

from modelyard.blueprint.site import ClusterAttach
from modelyard.contracts.inventory import InventoryArgs
from modelyard.platform import context_of
from modelyard.sites.kubernetes.cluster_api import ClusterApi
from modelyard.sites.kubernetes.inventory import ClusterInventory


def inventory_of(standing: Standing) -> ClusterInventory:
    """What `modelyard verify` asks of the site; its blueprint names another cluster."""
    site = standing.plan.blueprint.sites[standing.place.site]
    args = InventoryArgs(site=site, context=context_of(standing.plan))  # type: ignore[arg-type]
    return ClusterInventory(args, cluster_api(standing.kubeconfig))


def cluster_api(kubeconfig: Path) -> ClusterApi:
    return ClusterApi(ClusterAttach(kubeconfig=str(kubeconfig)))
