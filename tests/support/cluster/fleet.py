"""The nodes that a blueprint speaks of, and others beside them where nothing of it belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tests.support.cluster.nodes import Node, zone

from modelyard.blueprint.gpus import ClusterGpus, GpuNodes
from modelyard.catalog.accelerators import find
from modelyard.plan.plan import Plan
from modelyard.sites.kubernetes.gpu_pool import DeclaredNodes

CPU = "cpu"
PRODUCT = "nvidia.com/gpu.product"
DECOYS = ("l4", "l40s", "h100", "a100-80")
"""Accelerators that stand about, eight on a node, whether a blueprint asks for them or not."""
DEVICE = "nvidia.com/gpu"


@dataclass(frozen=True)
class Fleet:
    """Nodes by kind: `cpu`, the names that the blueprint gives its GPU nodes, `other-<gpu>`."""

    by_kind: Mapping[str, tuple[Node, ...]]

    @property
    def nodes(self) -> list[Node]:
        return [node for nodes in self.by_kind.values() for node in nodes]

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """The kind of each node, by its name."""
        return {node.name: kind for kind, nodes in self.by_kind.items() for node in nodes}


def fleet_of(plan: Plan, site: str) -> Fleet:
    """What a site has by its blueprint, eight nodes without GPUs, and one of every other kind."""
    gpus: ClusterGpus = plan.blueprint.sites[site].gpus  # type: ignore[union-attr]
    edge = _edge_labels(plan, site)
    found = {CPU: tuple(Node(f"cpu-{i}", zone(i), labels=edge) for i in range(8))}
    for nodes in gpus.nodes:
        found[nodes.name] = tuple(_declared(gpus, nodes, i, edge) for i in range(nodes.count))
    declared = {nodes.accelerator for nodes in gpus.nodes}
    for name in sorted(set(DECOYS) - declared):
        found[f"other-{name}"] = (_decoy(name),)
    return Fleet(found)


def _declared(gpus: ClusterGpus, nodes: GpuNodes, number: int, edge: Mapping[str, str]) -> Node:
    """One of the nodes of a blueprint, as its operator and its owner label it."""
    return Node(
        f"{nodes.name}-{number}",
        zone(number),
        labels={**DeclaredNodes(gpus).selector(nodes), **edge},
        resources={DeclaredNodes(gpus).resource(nodes): str(_devices(gpus, nodes))},
        taint=gpus.taint,
    )


def _devices(gpus: ClusterGpus, nodes: GpuNodes) -> int:
    """As many as the node's plugin tells: GPUs, turns on them, or slices, two of 3g to a GPU."""
    if gpus.sharing is None:
        return nodes.per_node
    turns = gpus.sharing.time_slicing
    return nodes.per_node * (turns or _SLICES[gpus.sharing.mig or ""])


_SLICES = {"3g.40gb": 2}
"""Of an H100, by NVIDIA's table of profiles."""


def _decoy(name: str) -> Node:
    accelerator = find(name)
    assert accelerator is not None, name
    labels = {PRODUCT: accelerator.product_label}
    # Larger than any other node, so that it is emptier: the scheduler likes it best for whatever
    # may go there.
    size = {"cpu": 1024, "memory": "16Ti"}
    return Node(
        f"other-{name}", zone(0), **size, labels=labels, resources={DEVICE: "8"}, taint=DEVICE
    )


def _edge_labels(plan: Plan, site: str) -> Mapping[str, str]:
    """The labels by which models in edge mode find their nodes: its owner gives them to all."""
    return {
        key: value
        for planned in plan.models
        if planned.site == site
        for key, value in plan.blueprint.model(planned.name).serve.nodes.items()
    }
