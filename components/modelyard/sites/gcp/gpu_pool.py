"""GPU nodes: a pool for each machine that the plan chose and each way of paying for it.

A ComputeClass says in which order the pools of a machine are tried. On Autopilot there are no
pools of ours: the class itself says which machine, and how it is paid for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.gpus import Capacity
from modelyard.blueprint.site import GcpSite
from modelyard.catalog.gcp_accelerator_zones import accelerator_zones
from modelyard.catalog.machines import Machine, machines
from modelyard.contracts.gpu_pool import GpuPoolArgs, Scheduling
from modelyard.objects.cloud import CloudResource
from modelyard.objects.objects import Objects
from modelyard.plan.machine import IMAGES
from modelyard.plan.serving import ModelPlan
from modelyard.plan.tags import DOMAIN
from modelyard.sites.gcp.cluster import GkeCluster
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.nodes import disk_type, node_config, node_pool
from modelyard.sites.gcp.uses import Use

CLASS = "cloud.google.com/compute-class"
"""Label by which a pod chooses its class, and taint that keeps all others off its nodes."""
_GIB = 200
"""Room for images: those of serving engines are 10 GiB and more."""
_SSD = 375
"""GB of one local disk."""


@dataclass(frozen=True, kw_only=True)
class GkeGpusArgs(GpuPoolArgs):
    site: GcpSite
    cluster: GkeCluster
    kms: KmsKeys


class GkeGpus(pulumi.ComponentResource):
    """The machines of the plan, made when a model's pod waits for one and removed after it."""

    def __init__(
        self, name: str, args: GkeGpusArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:gpu-pool:GkeGpus", name, None, opts)
        self._name, self._args = name, args
        self._objects = Objects(self, name, args.cluster, None, args.context.labels("gpus"))
        self._classes: set[str] = set()
        for machine, most in _wanted(args).items():
            self._make(_machine(machine), most)
        self.register_outputs({"machines": sorted(self._classes)})

    def schedule(self, model: ModelPlan) -> Scheduling:
        """Where one replica of a model goes."""
        if not model.count or model.machine is None:
            return Scheduling()
        return self._on(_machine(model.machine), model.count)

    def training(self, gpus: int) -> Scheduling:
        """The cheapest machine with so many GPUs. Raises LookupError where none has."""
        if not gpus:
            return Scheduling()
        machine = cheapest(gpus)
        if machine.machine not in self._classes:
            self._make(machine, 1)
        return self._on(machine, gpus)

    def _on(self, machine: Machine, count: int) -> Scheduling:
        own = {"key": CLASS, "operator": "Equal", "value": machine.machine, "effect": "NoSchedule"}
        return Scheduling(
            resources={machine.accelerator_facts.resource: str(count)},
            node_selector={CLASS: machine.machine},
            tolerations=({"key": self._args.site.gpus.taint, "operator": "Exists"}, own),
        )

    def _make(self, machine: Machine, most: int) -> None:
        """The class of one machine, and a pool for each way of paying for it."""
        self._classes.add(machine.machine)
        ways = _capacities(self._args.site)
        if self._args.cluster.automatic:
            rules = [_rule(self._args, machine, way) for way in ways]
            manifest, pools = _class(machine, rules, automatic=True), list[CloudResource]()
        else:
            pools = [self._pool(machine, way, most) for way in ways]
            named = [{"nodepools": [_called(machine, way)]} for way in ways]
            manifest = _class(machine, named, automatic=False)
        self._objects.add(manifest, f"class-{machine.machine}", after=pools)

    def _pool(self, machine: Machine, way: Capacity, most: int) -> CloudResource:
        cluster, site = self._args.cluster, self._args.site
        config = {
            **node_config(cluster.args, cluster.nodes, machine=machine.machine, gib=_GIB),
            **_accelerated(site, machine),
            **_paid(site, way),
        }
        return node_pool(
            self,
            self._name,
            cluster.control_plane,
            cluster.args,
            called=_called(machine, way),
            config=config,
            fewest=0,
            most=most,
            zones=_zones(self._args, machine),
        )


def _wanted(args: GkeGpusArgs) -> Mapping[str, int]:
    """How many machines of each kind there may be: those of every replica, and one to move to."""
    most: dict[str, int] = {}
    for _, plan in args.models:
        if plan.machine and plan.count and not plan.hosted:
            most[plan.machine] = most.get(plan.machine, 1) + plan.machines(plan.replicas[1])
    return most


def cheapest(gpus: int) -> Machine:
    """The cheapest machine with at least so many GPUs of NVIDIA. LookupError if there is none."""
    able = [
        m
        for m in machines("gcp")
        if m.count >= gpus and m.usd_per_hour
        if m.accelerator_facts.vendor == "nvidia" and m.architecture == IMAGES
    ]
    if not able:
        raise LookupError(f"Google sells no machine with {gpus} GPUs; train with fewer")
    return min(able, key=lambda m: (m.usd_per_hour or 0.0, m.machine))


def _machine(name: str) -> Machine:
    return next(m for m in machines("gcp") if m.machine == name)


def _capacities(site: GcpSite) -> Sequence[Capacity]:
    """What is tried, in order: the blueprint's choice, and then what it falls back on."""
    return tuple(dict.fromkeys((site.gpus.capacity, *site.gpus.fallback)))


def _called(machine: Machine, way: Capacity) -> str:
    return f"{machine.machine}-{way}"


def _zones(args: GkeGpusArgs, machine: Machine) -> list[str]:
    """Those of the site's zones that have such GPUs; all of them where the catalog is not sure."""
    offer = accelerator_zones().get(machine.gke_type)
    known = offer.zones if offer and offer.complete else args.cluster.zones
    return [zone for zone in args.cluster.zones if zone in known]


def _accelerated(site: GcpSite, machine: Machine) -> Mapping[str, Any]:
    """GPUs with the driver that GKE keeps for them; weights and images lie on local disks."""
    label = {CLASS: machine.machine, f"{DOMAIN}/accelerator": machine.accelerator}
    taint = {"key": CLASS, "value": machine.machine, "effect": "NO_SCHEDULE"}
    disks = {"localSsdCount": machine.nvme_gb // _SSD}
    return {
        "guestAccelerators": [
            {
                "type": machine.gke_type,
                "count": machine.count,
                "gpuDriverInstallationConfig": {"gpuDriverVersion": "LATEST"},
                **_shared(site),
            }
        ],
        "ephemeralStorageLocalSsdConfig": disks if machine.nvme_gb else None,
        "gvnic": {"enabled": True},
        "labels": label,
        "taints": [taint],
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


def _paid(site: GcpSite, way: Capacity) -> Mapping[str, Any]:
    """On spot, from a reservation, or as it comes."""
    if way is Capacity.SPOT:
        return {"spot": True}
    if way is Capacity.RESERVED:
        named = {
            "consumeReservationType": "SPECIFIC_RESERVATION",
            "key": "compute.googleapis.com/reservation-name",
            "values": list(site.gpus.reservations),
        }
        return {"reservationAffinity": named}
    return {"reservationAffinity": {"consumeReservationType": "NO_RESERVATION"}}


def _rule(args: GkeGpusArgs, machine: Machine, way: Capacity) -> Mapping[str, Any]:
    """One way of paying, as a class has it; source: GKE reference, ComputeClass."""
    return {
        "machineType": machine.machine,
        "spot": way is Capacity.SPOT,
        "gpu": {"type": machine.gke_type, "count": machine.count, "driverVersion": "latest"},
        "storage": {
            "bootDiskSize": _GIB,
            "bootDiskType": disk_type(machine.machine),
            "bootDiskKMSKey": args.kms.key_for(Use.DISKS),
        },
        **dict(_reserved(args.site, way)),
    }


def _reserved(site: GcpSite, way: Capacity) -> Iterator[tuple[str, Any]]:
    if way is Capacity.RESERVED:
        specific = [{"name": name, "project": site.project} for name in site.gpus.reservations]
        yield "reservations", {"affinity": "Specific", "specific": specific}


def _class(
    machine: Machine, priorities: Sequence[Mapping[str, Any]], *, automatic: bool
) -> Mapping[str, Any]:
    return {
        "apiVersion": "cloud.google.com/v1",
        "kind": "ComputeClass",
        "metadata": {"name": machine.machine},
        "spec": {
            "priorities": list(priorities),
            "nodePoolAutoCreation": {"enabled": automatic},
            "activeMigration": {"optimizeRulePriority": False},
            "whenUnsatisfiable": "DoNotScaleUp",
        },
    }
