"""The class of volumes: balanced disks, encrypted by the platform's own key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modelyard.sites.gcp.names import labels
from modelyard.sites.gcp.uses import Use

if TYPE_CHECKING:
    from modelyard.sites.gcp.cluster import GkeArgs

NAME = "balanced-encrypted"


def storage_class(args: GkeArgs) -> Mapping[str, Any]:
    """The cluster's default beside GKE's own. A disk is made where the pod that needs it runs."""
    own = ",".join(f"{key}={value}" for key, value in sorted(labels(args.context).items()))
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": NAME},
        "provisioner": "pd.csi.storage.gke.io",
        "parameters": {
            "type": "pd-balanced",
            "disk-encryption-kms-key": args.kms.key_for(Use.DISKS),
            # Pulumi's provider never sees the disks: without labels nobody would find what is left.
            "labels": own,
        },
        "reclaimPolicy": "Delete",
        "allowVolumeExpansion": True,
        "volumeBindingMode": "WaitForFirstConsumer",
    }
