"""The class of volumes: gp3, encrypted by the platform's own key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.contracts.kms import Encrypts
from modelyard.sites.aws.node_classes import Manifest

if TYPE_CHECKING:
    from modelyard.sites.aws.cluster import EksArgs

NAME = "gp3-encrypted"


def storage_class(args: EksArgs, provisioner: str = "ebs.csi.aws.com") -> Manifest:
    """The cluster's default. A volume is made in the zone of the pod that first needs it."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": NAME,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": provisioner,
        "parameters": {
            "type": "gp3",
            "encrypted": "true",
            "kmsKeyId": args.kms.key(Encrypts.DATA),
        },
        "reclaimPolicy": "Delete",
        "allowVolumeExpansion": True,
        "volumeBindingMode": "WaitForFirstConsumer",
    }
