"""GPU nodes: a pool for each machine that the plan chose, and one for training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.gpus import Capacity
from modelyard.blueprint.site import AwsSite
from modelyard.catalog.machines import Machine, machines
from modelyard.contracts.gpu_pool import GpuPoolArgs, Scheduling
from modelyard.contracts.kms import Kms
from modelyard.objects.objects import Objects
from modelyard.plan.machine import IMAGES
from modelyard.plan.serving import ModelPlan
from modelyard.plan.tags import DOMAIN
from modelyard.sites.aws.cluster import EksCluster
from modelyard.sites.aws.node_classes import (
    ACCELERATOR,
    Manifest,
    NodeClasses,
    pool,
    requirement,
)

POOL = f"{DOMAIN}/machine"
"""Label of the nodes of one kind of machine, whatever they are paid by."""
_GIB = 200
"""Room for images: those of serving engines are 10 GiB and more."""
_WEIGHTS = (100, 50, 10)
"""What is tried first, and what after it."""
_TYPES = {
    Capacity.RESERVED: "reserved",
    Capacity.ON_DEMAND: "on-demand",
    Capacity.SPOT: "spot",
}
_DISRUPTION = {
    "consolidationPolicy": "WhenEmpty",
    "consolidateAfter": "10m",
    "budgets": [{"nodes": "1"}],
}
"""A model takes minutes to load: nodes go when they are empty, and one at a time."""


@dataclass(frozen=True, kw_only=True)
class KarpenterGpusArgs(GpuPoolArgs):
    site: AwsSite
    cluster: EksCluster
    kms: Kms


class KarpenterGpus(pulumi.ComponentResource):
    """The machines of the plan, made when a model's pod waits for one and removed after it."""

    def __init__(
        self, name: str, args: KarpenterGpusArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:gpu-pool:KarpenterGpus", name, None, opts)
        self._args = args
        self._objects = Objects(self, name, args.cluster, None, args.context.labels("gpus"))
        self._pools: dict[str, int] = {}
        for machine, most in _wanted(args).items():
            self._make(machine, most)
        self.register_outputs({"machines": list(self._pools)})

    def schedule(self, model: ModelPlan) -> Scheduling:
        """Where one replica of a model goes."""
        if not model.count or model.machine is None:
            return Scheduling()
        return self._on(model.machine, model.count)

    def training(self, gpus: int) -> Scheduling:
        """The cheapest machine with so many GPUs. Raises LookupError where none has."""
        if not gpus:
            return Scheduling()
        machine = cheapest(gpus)
        if machine.machine not in self._pools:
            self._make(machine.machine, 1)
        return self._on(machine.machine, gpus)

    def _on(self, machine: str, count: int) -> Scheduling:
        facts = _machine(machine).accelerator_facts
        return Scheduling(
            resources={facts.resource: str(count)},
            node_selector={POOL: machine},
            tolerations=({"key": self._args.site.gpus.taint, "operator": "Exists"},),
        )

    def _make(self, machine: str, most: int) -> None:
        """The class of one machine's nodes, and a pool for each way of paying for them."""
        self._pools[machine] = most
        classes, name = self._args.cluster.node_classes, machine.replace(".", "-")
        made = _class(classes, name, _machine(machine), self._args.site)
        self._objects.add(made, f"class-{name}")
        for weight, capacity in zip(_WEIGHTS, _capacities(self._args.site), strict=False):
            manifest = _pool(classes, machine, capacity, weight, most, self._args.site)
            self._objects.add(manifest, f"pool-{name}-{capacity}")


def _wanted(args: KarpenterGpusArgs) -> Mapping[str, int]:
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
        for m in machines("aws")
        if m.count >= gpus and m.usd_per_hour
        if m.accelerator_facts.vendor == "nvidia" and m.architecture == IMAGES
    ]
    if not able:
        raise LookupError(f"AWS sells no machine with {gpus} GPUs; train with fewer")
    return min(able, key=lambda m: (m.usd_per_hour or 0.0, m.machine))


def _machine(name: str) -> Machine:
    return next(m for m in machines("aws") if m.machine == name)


def _capacities(site: AwsSite) -> Sequence[Capacity]:
    """What is tried, in order: the blueprint's choice, and then what it falls back on."""
    return tuple(dict.fromkeys((site.gpus.capacity, *site.gpus.fallback)))


def _class(classes: NodeClasses, name: str, machine: Machine, site: AwsSite) -> Manifest:
    """Weights and images lie on the machine's own disks where it has some."""
    return classes.made(
        name, gib=_GIB, reservations=site.gpus.reservations, disks=machine.nvme_gb > 0
    )


def _pool(
    classes: NodeClasses,
    machine: str,
    capacity: Capacity,
    weight: int,
    most: int,
    site: AwsSite,
) -> Manifest:
    facts, name = _machine(machine), machine.replace(".", "-")
    labels = {POOL: machine, ACCELERATOR: facts.accelerator}
    template: dict[str, Any] = {
        "nodeClassRef": classes.reference(name),
        "expireAfter": "336h",
        "taints": [{"key": site.gpus.taint, "value": "true", "effect": "NoSchedule"}],
        "requirements": list(_requirements(machine, capacity)),
    }
    limit = {facts.accelerator_facts.resource: str(facts.count * most)}
    return pool(
        f"{name}-{capacity}",
        template,
        labels=labels,
        limits=limit,
        weight=weight,
        disruption=_DISRUPTION,
    )


def _requirements(machine: str, capacity: Capacity) -> Iterator[Mapping[str, Any]]:
    yield requirement("node.kubernetes.io/instance-type", machine)
    yield requirement("karpenter.sh/capacity-type", _TYPES[capacity])
    yield requirement("kubernetes.io/arch", _machine(machine).architecture)
    yield requirement("kubernetes.io/os", "linux")
