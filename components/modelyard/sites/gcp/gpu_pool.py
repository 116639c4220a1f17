"""GPU nodes: a pool for each machine that the plan chose and each way of paying for it.

A ComputeClass says in which order the pools of a machine are tried. On Autopilot there are no
pools of ours: the class itself says which machine, and how it is paid for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.catalog.gcp_accelerator_zones import accelerator_zones
from modelyard.catalog.machines import Machine, machines
from modelyard.contracts.gpu_pool import GpuPoolArgs, Scheduling
from modelyard.objects.cloud import CloudResource
from modelyard.objects.objects import Objects
from modelyard.plan.machine import IMAGES
from modelyard.plan.serving import ModelPlan
from modelyard.sites.gcp.cluster import GkeCluster
from modelyard.sites.gcp.gpu_nodes import CLASS, Kind, gpu_class, kept, pool_nodes, rule
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.nodes import node_pool


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
        self._made: set[str] = set()
        for machine, most in _wanted(args).items():
            self._make(Kind(_machine(machine)), most)
        self.register_outputs({"machines": sorted(self._made)})

    def schedule(self, model: ModelPlan) -> Scheduling:
        """Where one replica of a model goes."""
        if not model.count or model.machine is None:
            return Scheduling()
        return self._on(Kind(_machine(model.machine)), model.count)

    def training(self, gpus: int) -> Scheduling:
        """The cheapest machine with so many GPUs. Raises LookupError where none has.

        It is one of the machines that models are served on, unless those are shared or training
        waits for others.
        """
        if not gpus:
            return Scheduling()
        asked = self._args.site.gpus
        apart = asked.queued or asked.sharing is not None
        kind = Kind(cheapest(gpus, self._args.site), training=apart)
        if kind.name not in self._made:
            self._make(kind, 1)
        return self._on(kind, gpus)

    def _on(self, kind: Kind, count: int) -> Scheduling:
        own = {"key": CLASS, "operator": "Equal", "value": kind.name, "effect": "NoSchedule"}
        return Scheduling(
            resources={kind.machine.accelerator_facts.resource: str(count)},
            node_selector={CLASS: kind.name},
            tolerations=({"key": self._args.site.gpus.taint, "operator": "Exists"}, own),
        )

    def _make(self, kind: Kind, most: int) -> None:
        """The class of these machines, and a pool for each way of paying for them."""
        self._made.add(kind.name)
        args, pools = self._args, list[CloudResource]()
        ways = kind.ways(args.site)
        if args.cluster.automatic:
            rules = [rule(args.site, args.kms, kind, way) for way in ways]
        else:
            pools = [self._pool(kind, way, most) for way in ways]
            rules = [{"nodepools": [kind.called(way)]} for way in ways]
        manifest = gpu_class(kind, rules, automatic=args.cluster.automatic)
        self._objects.add(manifest, f"class-{kind.name}", after=pools)

    def _pool(self, kind: Kind, way: str, most: int) -> CloudResource:
        cluster = self._args.cluster
        return node_pool(
            self,
            self._name,
            cluster.control_plane,
            cluster.args,
            called=kind.called(way),
            config=pool_nodes(cluster, self._args.site, kind, way),
            fewest=0,
            most=most,
            zones=_zones(self._args, kind.machine),
            further=kept(way),
        )


def _wanted(args: GkeGpusArgs) -> Mapping[str, int]:
    """How many machines of each kind there may be: those of every replica, and one to move to."""
    most: dict[str, int] = {}
    for _, plan in args.models:
        if plan.machine and plan.count and not plan.hosted:
            most[plan.machine] = most.get(plan.machine, 1) + plan.machines(plan.replicas[1])
    return most


def cheapest(gpus: int, site: GcpSite) -> Machine:
    """The cheapest machine with at least so many GPUs of NVIDIA that the site may have.

    Raises LookupError if there is none. Whatever Google sells, it has to spare at times.
    """
    able = [
        m
        for m in machines("gcp")
        if m.count >= gpus and m.usd_per_hour and (site.gpus.queued or m.sold_in(site.gpus.ways))
        if m.accelerator_facts.vendor == "nvidia" and m.architecture == IMAGES
    ]
    if not able:
        raise LookupError(f"Google sells no machine with {gpus} GPUs; train with fewer")
    return min(able, key=lambda m: (m.usd_per_hour or 0.0, m.machine))


def _machine(name: str) -> Machine:
    return next(m for m in machines("gcp") if m.machine == name)


def _zones(args: GkeGpusArgs, machine: Machine) -> list[str]:
    """Those of the site's zones that have such GPUs; all of them where the catalog is not sure."""
    offer = accelerator_zones().get(machine.gke_type)
    known = offer.zones if offer and offer.complete else args.cluster.zones
    return [zone for zone in args.cluster.zones if zone in known]
