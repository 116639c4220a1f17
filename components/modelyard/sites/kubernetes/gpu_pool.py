"""GPUs: what makes them known to the scheduler, and how a pod asks for the ones of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.blueprint.gpus import ClusterGpus, GpuNodes
from modelyard.blueprint.model import Model
from modelyard.blueprint.serve import Mode
from modelyard.blueprint.site import ClusterSite
from modelyard.catalog.accelerators import Accelerator, find
from modelyard.contracts.gpu_pool import GpuPoolArgs, Scheduling
from modelyard.plan.machine import slices
from modelyard.plan.serving import ModelPlan
from modelyard.sites.kubernetes.gpu_queue import QUEUE, NodeQuota, make_queue

_PRODUCT = "nvidia.com/gpu.product"
_ANY = "nvidia.com/gpu"
Models = tuple[tuple[Model, ModelPlan], ...]


class DeclaredGpus(pulumi.ComponentResource):
    """The GPU nodes that a blueprint declares, and the queue for training and batch runs.

    What makes the GPUs known to the scheduler is an operator, which the cluster installs.
    """

    def __init__(
        self, name: str, args: GpuPoolArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:gpu-pool:DeclaredGpus", name, None, opts)
        assert isinstance(args.site, ClusterSite)  # offered on such sites alone
        nodes = DeclaredNodes(args.site.gpus)
        self.schedule, self.training = nodes.schedule, nodes.training
        if args.site.gpus.queue:
            make_queue(name, args, nodes.quotas(args.models), self)
        self.register_outputs({"resources": nodes.resources})


class DeclaredNodes:
    """The GPU nodes of a blueprint, in the words of Kubernetes."""

    def __init__(self, gpus: ClusterGpus) -> None:
        self._gpus = gpus
        self._by_name = {nodes.name: nodes for nodes in gpus.nodes}

    @property
    def resources(self) -> list[str]:
        """The extended resources that pods may ask for."""
        return sorted({self.resource(nodes) for nodes in self._gpus.nodes})

    def schedule(self, model: ModelPlan) -> Scheduling:
        """Where one replica of a model goes."""
        if not model.count or model.machine is None:
            return Scheduling()
        nodes = self._by_name[model.machine]
        return Scheduling(
            resources={self.resource(nodes): str(model.count)},
            node_selector=self.selector(nodes),
            tolerations=self.tolerations,
            queue=QUEUE if self._gpus.queue and model.mode == Mode.BATCH else None,
        )

    def training(self, gpus: int) -> Scheduling:
        """Where a training run with so many GPUs goes: any of the nodes."""
        if not gpus:
            return Scheduling()
        return Scheduling(
            resources={next(iter(self.resources), _ANY): str(gpus)},
            tolerations=self.tolerations,
            queue=QUEUE if self._gpus.queue else None,
        )

    def quotas(self, models: Models) -> list[NodeQuota]:
        """What the queue may give away of each kind: what no model in service holds."""
        return [
            NodeQuota(
                name=nodes.name,
                labels=self.selector(nodes),
                tolerations=self.tolerations,
                resource=self.resource(nodes),
                gpus=max(0, self._total(nodes) - _held(nodes.name, models)),
                cpu=nodes.node_cpu * nodes.count if nodes.node_cpu else None,
                memory=nodes.node_memory * nodes.count if nodes.node_memory else None,
            )
            for nodes in self._gpus.nodes
        ]

    def _total(self, nodes: GpuNodes) -> int:
        return nodes.per_node * nodes.count * slices(self._gpus.sharing, _known(nodes))

    @property
    def tolerations(self) -> tuple[Mapping[str, Any], ...]:
        return ({"key": self._gpus.taint, "operator": "Exists"},)

    def resource(self, nodes: GpuNodes) -> str:
        """What a pod asks for: whole GPUs, turns on them, or MIG slices."""
        sharing = self._gpus.sharing
        if sharing and sharing.mig:
            return f"nvidia.com/mig-{sharing.mig.replace('+', '.')}"
        return _known(nodes).resource

    def selector(self, nodes: GpuNodes) -> Mapping[str, str]:
        """The labels declared, or the product label of GPU feature discovery."""
        if nodes.labels:
            return nodes.labels
        product = _known(nodes).product_label
        shared = self._gpus.sharing and self._gpus.sharing.time_slicing
        return {_PRODUCT: f"{product}-SHARED" if shared else product} if product else {}


def _held(kind: str, models: Models) -> int:
    """GPUs of one kind of node that models answer on, with as few replicas as they may have."""
    plans = [plan for _, plan in models if plan.machine == kind and plan.mode != Mode.BATCH]
    return sum(plan.count * plan.replicas[0] for plan in plans)


def _known(nodes: GpuNodes) -> Accelerator:
    """`check` has refused accelerators that the catalog does not have."""
    found = find(nodes.accelerator)
    assert found is not None, nodes.accelerator
    return found
