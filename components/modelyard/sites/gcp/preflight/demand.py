"""What a plan needs of each quota."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.blueprint.gpus import Capacity
from modelyard.catalog.gcp_quotas import GcpQuota, gcp_quota, gcp_quotas, quota_of
from modelyard.catalog.machines import machines as catalog
from modelyard.sites.gcp.preflight import planned

if TYPE_CHECKING:
    from modelyard.contracts.inventory import Expected
    from modelyard.contracts.preflight import MachineNeed
    from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs, Nodes

Vcpus = Callable[[str], int]
"""The vCPUs of one machine of a kind."""
ADDRESS = "gcp:compute/address:Address"


@dataclass(frozen=True)
class Demand:
    """So much of one quota. Below `fewest` the plan cannot begin."""

    quota: GcpQuota
    fewest: int
    most: int
    why: str
    fallback: bool = False
    """Whether it is wanted only where another capacity is not to be had."""


@dataclass(frozen=True)
class _Asked:
    """Machines, and one way in which they are asked for."""

    need: MachineNeed
    way: str
    fallback: bool


def of_accelerators(args: GcpPreflightArgs) -> Iterator[Demand]:
    """The accelerators that models and training need, by kind and by the way they are asked for;
    and all of them together, which are counted once more over all regions. What is reserved was
    counted when it was.
    """
    by_quota: dict[str, list[_Asked]] = defaultdict(list)
    for asked in (*_of_models(args), *_of_training(args)):
        if counted := quota_of(asked.need.machine, asked.way):
            by_quota[counted.id].append(asked)
    for id, together in by_quota.items():
        yield _together(id, together)
    if all_of_them := [asked for together in by_quota.values() for asked in together]:
        yield _together("all-gpus", all_of_them)


def of_nodes(args: GcpPreflightArgs, vcpus: Vcpus) -> Iterator[Demand]:
    """The vCPUs and disks of ordinary nodes: the fewest at once, the rest as they are needed."""
    pools = planned.ordinary(args)
    by_quota: dict[str, list[Nodes]] = defaultdict(list)
    for pool in pools:
        if counted := quota_of(pool.machine, pool.way):
            by_quota[counted.id].append(pool)
    for id, together in by_quota.items():
        yield _vcpus(id, together, vcpus)
    if pools:
        yield _vcpus("all-cpus", tuple(_most(pools)), vcpus)
    yield from _disks(args)


def by_the_piece(args: GcpPreflightArgs) -> Iterator[Demand]:
    """What is counted by the piece: networks, routers, addresses."""
    for counted in gcp_quotas().values():
        items = [item for item in planned.of_type(args, *counted.types) if counts(item)]
        if items:
            yield Demand(counted, len(items), len(items), f"{len(items)} planned")


def counts(item: Expected) -> bool:
    """Whether it counts: an address inside the network has another quota, with much room."""
    return item.type != ADDRESS or item.inputs.get("addressType", "EXTERNAL") == "EXTERNAL"


def _together(id: str, asked: Sequence[_Asked]) -> Demand:
    """What counts against one quota; a fallback may never be needed. Machines that are asked for
    in several ways are needed once.
    """
    needs = sorted({each.need for each in asked}, key=lambda need: need.machine)
    main = {each.need for each in asked if not each.fallback}
    fewest = sum(need.fewest * _count(need) for need in main)
    most = sum(need.most * _count(need) for need in needs)
    return Demand(gcp_quota(id), fewest, most, _why(needs), fallback=not main)


def _of_models(args: GcpPreflightArgs) -> Iterator[_Asked]:
    """What models need, in each way that the site allows and that the machine is sold in."""
    known = {each.machine: each for each in catalog("gcp")}
    for need in planned.of_models(args):
        machine = known.get(need.machine)
        ways = [way for way in args.site.gpus.ways if machine and machine.sold_in((way,))]
        for way in ways:
            if way is not Capacity.RESERVED:
                yield _Asked(need, way, fallback=way is not ways[0])


def _of_training(args: GcpPreflightArgs) -> Iterator[_Asked]:
    """What pools for training need; the first of a machine is tried first."""
    seen: set[str] = set()
    for pool in planned.training(args):
        if pool.way != Capacity.RESERVED:
            yield _Asked(planned.need(pool), pool.way, fallback=pool.machine in seen)
        seen.add(pool.machine)


def _count(need: MachineNeed) -> int:
    """The accelerators of one machine."""
    return next((each.count for each in catalog("gcp") if each.machine == need.machine), 0)


def _why(needs: Sequence[MachineNeed]) -> str:
    return ", ".join(f"{n.most} x {n.machine} for {' and '.join(n.models)}" for n in needs)


def _most(pools: Iterable[Nodes]) -> Iterator[Nodes]:
    """The largest pool of each machine: those of one machine take each other's place."""
    largest: dict[str, Nodes] = {}
    for pool in pools:
        known = largest.setdefault(pool.machine, pool)
        if (pool.fewest, pool.most) > (known.fewest, known.most):
            largest[pool.machine] = pool
    yield from largest.values()


def _vcpus(id: str, pools: Sequence[Nodes], vcpus: Vcpus) -> Demand:
    fewest = sum(pool.fewest * vcpus(pool.machine) for pool in pools)
    most = sum(pool.most * vcpus(pool.machine) for pool in pools)
    why = ", ".join(f"{pool.fewest} to {pool.most} x {pool.machine}" for pool in pools)
    return Demand(gcp_quota(id), fewest, most, why)


def _disks(args: GcpPreflightArgs) -> Iterator[Demand]:
    """Those that nodes begin with; volumes come as workloads ask for them."""
    by_quota: dict[str, list[Nodes]] = defaultdict(list)
    for pool in _most(planned.node_pools(args)):
        if counted := quota_of(pool.disk, "disk"):
            by_quota[counted.id].append(pool)
    for id, pools in by_quota.items():
        fewest = sum(pool.fewest * pool.disk_gb for pool in pools)
        most = sum(pool.most * pool.disk_gb for pool in pools)
        why = ", ".join(f"{pool.most} x {pool.disk_gb} GB" for pool in pools)
        yield Demand(gcp_quota(id), fewest, most, f"disks of nodes, {why}; volumes come on top")
