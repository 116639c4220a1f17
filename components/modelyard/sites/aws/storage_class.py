"""The class of volumes: gp3, encrypted by the platform's own key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.contracts.kms import Encrypts
from modelyard.sites.aws.account import tags
from modelyard.sites.aws.node_classes import Manifest

if TYPE_CHECKING:
    from modelyard.sites.aws.cluster import EksArgs

NAME = "gp3-encrypted"


def _tags(args: EksArgs) -> list[tuple[str, str]]:
    return sorted(tags(args.context).items())


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
            # Pulumi's provider never sees the volumes: without tags nobody would find what is left.
            **{f"tagSpecification_{n}": f"{k}={v}" for n, (k, v) in enumerate(_tags(args), 1)},
        },
        "reclaimPolicy": "Delete",
        "allowVolumeExpansion": True,
        "volumeBindingMode": "WaitForFirstConsumer",
    }
