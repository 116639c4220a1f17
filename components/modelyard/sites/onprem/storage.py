"""Ceph on the disks of a bare cluster, run by Rook, and the class that its volumes have.

Source: `deploy/charts/rook-ceph-cluster` of Rook 1.20.6, read on 2026-11-26.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.blueprint.site import OnPremSite
from modelyard.catalog.operators import operator
from modelyard.contracts.cluster import Cluster, ClusterArgs
from modelyard.objects.objects import Objects

_API = "ceph.rook.io/v1"
_POOL = "volumes"
_NAMESPACE = operator("rook-ceph").namespace
_SECRETS = {
    "provisioner": "rook-csi-rbd-provisioner",
    "controller-expand": "rook-csi-rbd-provisioner",
    "controller-publish": "rook-csi-rbd-provisioner",
    "controller-modify": "rook-csi-rbd-provisioner",
    "node-stage": "rook-csi-rbd-node",
    "node-publish": "rook-csi-rbd-node",
}
"""Secrets that Rook makes, by the step in a volume's life that uses them."""
_MONITORS, _STANDING_BY = 3, 2


class CephStorage(pulumi.ComponentResource):
    """A Ceph cluster, a pool of block volumes in it, and their class."""

    def __init__(
        self,
        name: str,
        args: ClusterArgs,
        cluster: Cluster,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("modelyard:cluster:CephStorage", name, None, opts)
        site, kept = args.site, args.context.protect
        assert isinstance(site, OnPremSite)  # made on such sites alone
        objects = Objects(self, name, cluster, None, args.context.labels("storage"))
        inside = pulumi.ResourceOptions(provider=cluster.provider)
        image, sensitive = cluster.image("ceph"), args.blueprint.sensitive
        ceph = _ceph(site, image, sensitive=sensitive)
        made = objects.add(ceph, stateful=kept, opts=inside)
        pool = objects.add(_pool(site), after=[made], stateful=kept, opts=inside)
        objects.add(_storage_class(site), after=[pool], opts=inside)
        self.register_outputs({"storage_class": site.volume_class})


def _ceph(site: OnPremSite, image: str, *, sensitive: bool) -> Mapping[str, Any]:
    """Disks are encrypted in any case, what goes between nodes where the data ask for it."""
    storage = site.storage
    taken: dict[str, Any] = {"useAllNodes": not storage.nodes, "useAllDevices": False}
    if storage.nodes:
        taken["nodes"] = [{"name": node} for node in storage.nodes]
    spec = {
        "cephVersion": {"image": image, "allowUnsupported": False},
        "dataDirHostPath": "/var/lib/rook",
        "mon": {"count": _MONITORS, "allowMultiplePerNode": False},
        "mgr": {"count": _STANDING_BY, "allowMultiplePerNode": False},
        "dashboard": {"enabled": False},
        # Other kinds of key want Linux 7.0 on every node.
        "security": {"cephx": {"csi": {"keyType": "aes"}}},
        "network": {
            "connections": {"encryption": {"enabled": sensitive}, "requireMsgr2": sensitive}
        },
        "storage": {
            **taken,
            "deviceFilter": storage.devices,
            "config": {"encryptedDevice": "true"},
        },
        "resources": _RESOURCES,
        "priorityClassNames": {
            "mon": "system-node-critical",
            "osd": "system-node-critical",
            "mgr": "system-cluster-critical",
        },
        "disruptionManagement": {"managePodBudgets": True},
    }
    return _object(_API, "CephCluster", _NAMESPACE, spec)


_RESOURCES = {
    "mon": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "2Gi"}},
    "mgr": {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}},
    "osd": {"requests": {"cpu": "500m", "memory": "4Gi"}, "limits": {"memory": "4Gi"}},
}
"""Memory as Rook's chart has it, CPU half of that: a plant's nodes have other work."""


def _pool(site: OnPremSite) -> Mapping[str, Any]:
    """Each piece of data on so many nodes."""
    copies = {"size": site.storage.replicas, "requireSafeReplicaSize": True}
    spec = {"failureDomain": "host", "replicated": copies}
    return _object(_API, "CephBlockPool", _POOL, spec)


def _storage_class(site: OnPremSite) -> Mapping[str, Any]:
    secrets: dict[str, str] = {}
    for step, secret in _SECRETS.items():
        secrets[f"csi.storage.k8s.io/{step}-secret-name"] = secret
        secrets[f"csi.storage.k8s.io/{step}-secret-namespace"] = _NAMESPACE
    default = {"storageclass.kubernetes.io/is-default-class": str(site.storage.default).lower()}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": site.volume_class, "annotations": default},
        "provisioner": f"{_NAMESPACE}.rbd.csi.ceph.com",
        "parameters": {
            "clusterID": _NAMESPACE,
            "pool": _POOL,
            "imageFormat": "2",
            "imageFeatures": "layering",
            "csi.storage.k8s.io/fstype": "ext4",
            **secrets,
        },
        "reclaimPolicy": "Delete",
        "allowVolumeExpansion": True,
        "volumeBindingMode": "Immediate",
    }


def _object(api: str, kind: str, name: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = {"name": name, "namespace": _NAMESPACE}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}
