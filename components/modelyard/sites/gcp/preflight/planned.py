"""What a plan holds of each type, read from its recorded resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.catalog.gcp_zones import gcp_zones
from modelyard.catalog.machines import machines as catalog
from modelyard.contracts.preflight import MachineNeed, PreflightArgs

if TYPE_CHECKING:
    from modelyard.blueprint.site import GcpSite
    from modelyard.contracts.inventory import Expected

CLUSTER = "gcp:container/cluster:Cluster"
POOL = "gcp:container/nodePool:NodePool"
SERVICE = "gcp:projects/service:Service"
BOOT_DISK = 100
"""GB of a node's disk where nothing is said. Source: Kubernetes Engine API, NodeConfig."""


@dataclass(frozen=True, kw_only=True)
class GcpPreflightArgs(PreflightArgs):
    """What a plan would build in one project and region."""

    site: GcpSite


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """A pool of nodes: how many of which machine, and the disk that each begins with."""

    machine: str
    fewest: int
    most: int
    way: str
    """How it is asked for: `on-demand`, `spot` or `reserved`."""
    queued: bool
    """Whether it waits until Google has some to spare, which counts as spot."""
    disk: str
    disk_gb: int


def of_type(args: GcpPreflightArgs, *tokens: str) -> Iterator[Expected]:
    """The planned resources of these types."""
    return (item for item in args.expected if item.type in tokens)


def texts(items: Iterable[Expected], key: str) -> Iterator[str]:
    """The values of one input that are known beforehand; a symbol such as `${vpc.id}` is not."""
    for item in items:
        value = item.inputs.get(key)
        if isinstance(value, str) and "${" not in value:
            yield value


def cluster_name(args: GcpPreflightArgs) -> str | None:
    """The cluster that the platform stands on, made or attached."""
    if attached := args.site.cluster.attach:
        return attached.name
    return next(texts(of_type(args, CLUSTER), "name"), None)


def zones(args: GcpPreflightArgs) -> tuple[str, ...]:
    """The zones in which nodes are to stand: planned, named by the site, or the first ones."""
    for item in of_type(args, CLUSTER, POOL):
        if named := _zones(item):
            return named
    network = args.site.network
    return network.zone_ids or gcp_zones().get(args.site.region, ())[: network.zones]


def node_pools(args: GcpPreflightArgs) -> Iterator[Nodes]:
    """Every planned pool, those for accelerators too. Counts of a pool are for each zone."""
    for item in of_type(args, POOL):
        inputs = item.inputs
        config: Mapping[str, Any] = inputs.get("nodeConfig") or {}
        if not isinstance(machine := config.get("machineType"), str):
            continue
        fewest, most = _counts(inputs, len(_zones(item) or zones(args)))
        yield Nodes(
            machine=machine,
            fewest=fewest,
            most=most,
            way=_way(config),
            queued=bool(config.get("flexStart")),
            disk=str((config.get("bootDisk") or config).get("diskType", "pd-balanced")),
            disk_gb=int(config.get("diskSizeGb") or BOOT_DISK),
        )


def machines(args: GcpPreflightArgs) -> tuple[MachineNeed, ...]:
    """Machines with accelerators that are nodes of the cluster: for models, and for training."""
    pools = {pool.machine: need(pool) for pool in training(args)}
    named = {each.machine for each in of_models(args)}
    return (*of_models(args), *(each for each in pools.values() if each.machine not in named))


def of_models(args: GcpPreflightArgs) -> tuple[MachineNeed, ...]:
    """Nodes that models run on."""
    return tuple(each for each in args.machines if not each.hosted)


def training(args: GcpPreflightArgs) -> tuple[Nodes, ...]:
    """Pools with accelerators that no model runs on: of other machines, or queued for."""
    named = {each.machine for each in of_models(args)}
    known = {each.machine for each in catalog("gcp")}
    return tuple(
        pool
        for pool in node_pools(args)
        if pool.machine in known and (pool.queued or pool.machine not in named)
    )


def need(pool: Nodes) -> MachineNeed:
    """What a pool for training needs at its largest."""
    return MachineNeed(
        machine=pool.machine, fewest=pool.fewest, most=pool.most, models=("training",)
    )


def hosted(args: GcpPreflightArgs) -> tuple[MachineNeed, ...]:
    """Machines on which Vertex AI hosts models."""
    return tuple(need for need in args.machines if need.hosted)


def ordinary(args: GcpPreflightArgs) -> tuple[Nodes, ...]:
    """Pools of machines without accelerators."""
    known = {each.machine for each in catalog("gcp")} | {need.machine for need in args.machines}
    return tuple(pool for pool in node_pools(args) if pool.machine not in known)


def _way(config: Mapping[str, Any]) -> str:
    """How nodes are asked for; source: Kubernetes Engine API, NodeConfig."""
    if any(config.get(key) for key in ("spot", "preemptible", "flexStart")):
        return "spot"
    affinity: Mapping[str, Any] = config.get("reservationAffinity") or {}
    reserved = affinity.get("consumeReservationType") == "SPECIFIC_RESERVATION"
    return "reserved" if reserved else "on-demand"


def _zones(item: Expected) -> tuple[str, ...]:
    named = item.inputs.get("nodeLocations") or ()
    return tuple(sorted(zone for zone in named if isinstance(zone, str) and "${" not in zone))


def _counts(inputs: Mapping[str, Any], zones: int) -> tuple[int, int]:
    """Fewest and most nodes over all zones. Source: Kubernetes Engine API, NodePoolAutoscaling."""
    scaling: Mapping[str, Any] = inputs.get("autoscaling") or {}
    fixed = int(inputs.get("nodeCount") or inputs.get("initialNodeCount") or 0) * zones
    if not scaling:
        return fixed, fixed
    fewest = scaling.get("totalMinNodeCount", int(scaling.get("minNodeCount", 0)) * zones)
    most = scaling.get("totalMaxNodeCount", int(scaling.get("maxNodeCount", 0)) * zones)
    return int(fewest), int(most)
