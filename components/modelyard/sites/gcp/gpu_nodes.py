"""Nodes with GPUs: what a pool of them is made of, and the class by which pods find them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelyard.blueprint.gpus import Capacity
from modelyard.blueprint.site import GcpSite
from modelyard.catalog.machines import Machine
from modelyard.plan.tags import DOMAIN
from modelyard.sites.gcp.cluster import GkeCluster
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.nodes import disk_type, node_config
from modelyard.sites.gcp.uses import Use

CLASS = "cloud.google.com/compute-class"
"""Label by which a pod chooses its class, and taint that keeps all others off its nodes."""
QUEUED = "queued"
"""A way to get machines like the others: wait until Google has some to spare (flex-start)."""
_GIB = 200
"""Room for images: those of serving engines are 10 GiB and more."""
_SSD = 375
"""GB of one local disk."""
_WEEK = 7 * 24 * 60 * 60
"""Seconds that a machine of flex-start is there at most; source: GKE guide, flex-start."""
_SPARED = {"flexStart": True, "maxRunDuration": f"{_WEEK}s"}


@dataclass(frozen=True)
class Kind:
    """Machines of one type. Those for training alone are neither shared nor served on."""

    machine: Machine
    training: bool = False

    @property
    def name(self) -> str:
        """What their class is called."""
        return f"{self.machine.machine}-training" if self.training else self.machine.machine

    def ways(self, site: GcpSite) -> Sequence[str]:
        """How they are asked for, in order: as the site says, as far as Google sells them so."""
        if self.training and site.gpus.queued:
            return (QUEUED,)
        return tuple(str(way) for way in site.gpus.ways if self.machine.sold_in((way,)))

    def called(self, way: str) -> str:
        """The name of a pool."""
        return f"{self.name}-{way}"


def pool_nodes(cluster: GkeCluster, site: GcpSite, kind: Kind, way: str) -> Mapping[str, Any]:
    """What the nodes of a pool are like."""
    machine = kind.machine.machine
    return {
        **node_config(cluster.args, cluster.nodes, machine=machine, gib=_GIB),
        **_accelerated(site, kind),
        **_paid(site, way),
    }


def kept(way: str) -> Mapping[str, Any]:
    """How a pool is looked after: what is there for a week at most is not repaired or moved."""
    if way != QUEUED:
        return {}
    return {
        "management": {"autoRepair": False, "autoUpgrade": True},
        "upgradeSettings": {"strategy": "SHORT_LIVED"},
    }


def _accelerated(site: GcpSite, kind: Kind) -> Mapping[str, Any]:
    """GPUs with the driver that GKE keeps for them; weights and images lie on local disks."""
    machine = kind.machine
    disks = {"localSsdCount": machine.nvme_gb // _SSD}
    return {
        "guestAccelerators": [
            {
                "type": machine.gke_type,
                "count": machine.count,
                "gpuDriverInstallationConfig": {"gpuDriverVersion": "LATEST"},
                **({} if kind.training else _shared(site)),
            }
        ],
        "ephemeralStorageLocalSsdConfig": disks if machine.nvme_gb else None,
        "gvnic": {"enabled": True},
        "labels": {CLASS: kind.name, f"{DOMAIN}/accelerator": machine.accelerator},
        "taints": [{"key": CLASS, "value": kind.name, "effect": "NO_SCHEDULE"}],
    }


def _shared(site: GcpSite) -> Mapping[str, Any]:
    """How one GPU serves several pods: by turns, or cut into slices of hardware."""
    sharing = site.gpus.sharing
    if sharing is None:
        return {}
    if sharing.mig:
        return {"gpuPartitionSize": sharing.mig}
    turns = {"gpuSharingStrategy": "TIME_SHARING", "maxSharedClientsPerGpu": sharing.time_slicing}
    return {"gpuSharingConfig": turns}


def _paid(site: GcpSite, way: str) -> Mapping[str, Any]:
    """On spot, from a reservation, once there are some to spare, or as it comes."""
    if way == Capacity.SPOT:
        return {"spot": True}
    if way == Capacity.RESERVED:
        named = {
            "consumeReservationType": "SPECIFIC_RESERVATION",
            "key": "compute.googleapis.com/reservation-name",
            "values": list(site.gpus.reservations),
        }
        return {"reservationAffinity": named}
    unreserved = {"reservationAffinity": {"consumeReservationType": "NO_RESERVATION"}}
    return {**unreserved, **_SPARED} if way == QUEUED else unreserved


def gpu_class(kind: Kind, rules: Sequence[Mapping[str, Any]], *, automatic: bool) -> Any:
    """The object by which pods find these nodes, in the order of its rules."""
    return {
        "apiVersion": "cloud.google.com/v1",
        "kind": "ComputeClass",
        "metadata": {"name": kind.name},
        "spec": {
            "priorities": list(rules),
            "nodePoolAutoCreation": {"enabled": automatic},
            "activeMigration": {"optimizeRulePriority": False},
            "whenUnsatisfiable": "DoNotScaleUp",
        },
    }


def rule(site: GcpSite, kms: KmsKeys, kind: Kind, way: str) -> Mapping[str, Any]:
    """One way of paying, as a class has it; source: GKE reference, ComputeClass."""
    machine = kind.machine
    return {
        "machineType": machine.machine,
        "gpu": {"type": machine.gke_type, "count": machine.count, "driverVersion": "latest"},
        "storage": {
            "bootDiskSize": _GIB,
            "bootDiskType": disk_type(machine.machine),
            "bootDiskKMSKey": kms.key_for(Use.DISKS),
        },
        **dict(_asked(site, way)),
    }


def _asked(site: GcpSite, way: str) -> Iterator[tuple[str, Any]]:
    if way == QUEUED:
        yield "flexStart", {"enabled": True}
        return
    yield "spot", way == Capacity.SPOT
    if way == Capacity.RESERVED:
        specific = [{"name": name, "project": site.project} for name in site.gpus.reservations]
        yield "reservations", {"affinity": "Specific", "specific": specific}
