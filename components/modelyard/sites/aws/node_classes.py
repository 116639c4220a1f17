"""What kind of node there may be: image, network, volumes; for Karpenter and for Auto Mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from modelyard.catalog.eks import eks
from modelyard.contracts.kms import Encrypts
from modelyard.plan.tags import DOMAIN
from modelyard.sites.aws.account import tags
from modelyard.sites.aws.names import role_name

if TYPE_CHECKING:
    from modelyard.sites.aws.cluster import EksArgs

Manifest = Mapping[str, Any]
ACCELERATOR = f"{DOMAIN}/accelerator"
"""Label of the nodes with accelerators of one kind."""
METADATA = {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1}
"""Instance metadata by token alone, and not from pods, whose packets take two hops."""


@dataclass(frozen=True)
class NodeClasses:
    """The kind of object that describes nodes in one cluster, and what all of them have."""

    group: str
    """API group, and prefix of the labels that tell of a node's machine."""
    kind: str
    cluster: str
    role: str
    """Name of the nodes' IAM role."""
    key: pulumi.Input[str]
    """The key of their volumes."""
    images: bool
    """Whether the image and its volumes are ours to choose."""
    tags: Mapping[str, str]
    """Of the machines and their volumes, which Pulumi's provider never sees."""

    @property
    def api_version(self) -> str:
        return f"{self.group}/v1"

    def reference(self, name: str) -> Mapping[str, str]:
        """How a pool names its class."""
        return {"group": self.group, "kind": self.kind, "name": name}

    def made(
        self,
        name: str,
        *,
        gib: int,
        reservations: Sequence[str] = (),
        disks: bool = False,
    ) -> Manifest:
        """A class of nodes with so much room for images; `disks`: local ones hold it instead."""
        place = [{"tags": {"karpenter.sh/discovery": self.cluster}}]
        chosen = [{"id": id} for id in reservations]
        return {
            "apiVersion": self.api_version,
            "kind": self.kind,
            "metadata": {"name": name},
            "spec": {
                "role": self.role,
                "subnetSelectorTerms": place,
                "securityGroupSelectorTerms": place,
                "tags": dict(self.tags),
                **({"capacityReservationSelectorTerms": chosen} if chosen else {}),
                **(self._own_image(gib, disks) if self.images else self._storage(gib)),
            },
        }

    def _own_image(self, gib: int, disks: bool) -> Mapping[str, Any]:
        """Bottlerocket: nothing in it to log in to, and its root cannot be written."""
        volumes = bottlerocket_volumes(gib)
        return {
            "amiSelectorTerms": [{"alias": f"bottlerocket@{eks().bottlerocket}"}],
            "metadataOptions": METADATA,
            "blockDeviceMappings": [
                {"deviceName": device, "ebs": self._volume(size)} for device, size in volumes
            ],
            **({"instanceStorePolicy": "RAID0"} if disks else {}),
        }

    def _volume(self, gib: int) -> Mapping[str, Any]:
        return {
            "volumeSize": f"{gib}Gi",
            "volumeType": "gp3",
            "encrypted": True,
            "kmsKeyID": self.key,
            "deleteOnTermination": True,
        }

    def _storage(self, gib: int) -> Mapping[str, Any]:
        """Auto Mode has an image of its own and asks only for the room.

        Pods that no NetworkPolicy names may talk: the operators' own namespaces have none.
        """
        return {
            "networkPolicy": "DefaultAllow",
            "ephemeralStorage": {"size": f"{gib}Gi", "kmsKeyID": self.key},
        }


def node_classes(cluster: str, args: EksArgs, *, auto: bool = False) -> NodeClasses:
    """Karpenter's own kind, or Auto Mode's."""
    return NodeClasses(
        group="eks.amazonaws.com" if auto else "karpenter.k8s.aws",
        kind="NodeClass" if auto else "EC2NodeClass",
        cluster=cluster,
        role=role_name(args.context, "nodes"),
        key=args.kms.key(Encrypts.DATA),
        images=not auto,
        tags=tags(args.context),
    )


def bottlerocket_volumes(gib: int) -> list[tuple[str, int]]:
    """A small one for itself and one for images and logs: device and GiB of each."""
    return [("/dev/xvda", 4), ("/dev/xvdb", gib)]


def requirement(key: str, *values: str) -> Mapping[str, Any]:
    """What a node has to be like."""
    return {"key": key, "operator": "In", "values": list(values)}


def pool(
    name: str,
    template: Mapping[str, Any],
    *,
    labels: Mapping[str, str],
    limits: Mapping[str, str],
    weight: int | None = None,
    disruption: Mapping[str, Any],
) -> Manifest:
    """A NodePool: which nodes may be made, and up to where."""
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": name},
        "spec": {
            "template": {"metadata": {"labels": dict(labels)}, "spec": template},
            "limits": dict(limits),
            "disruption": disruption,
            **({"weight": weight} if weight is not None else {}),
        },
    }
