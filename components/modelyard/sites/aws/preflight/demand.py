"""What a plan needs of each quota."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.blueprint.gpus import Capacity
from modelyard.catalog.quotas import Quota, quota, quota_of_machine, quotas
from modelyard.sites.aws.preflight import planned
from modelyard.sites.aws.preflight.cores import known

if TYPE_CHECKING:
    from modelyard.contracts.inventory import Expected
    from modelyard.contracts.preflight import MachineNeed
    from modelyard.sites.aws.preflight.planned import AwsPreflightArgs

Vcpus = Callable[[str], int]
"""The vCPUs of one machine of a kind."""
INTERFACE = "aws:ec2/vpcEndpoint:VpcEndpoint"


@dataclass(frozen=True)
class Demand:
    """So much of one quota. Below `fewest` the plan cannot begin."""

    quota: Quota
    fewest: int
    most: int
    why: str
    fallback: bool = False
    """Whether it is wanted only where another capacity is not to be had."""


def of_accelerators(args: AwsPreflightArgs) -> Iterator[Demand]:
    """The vCPUs of the machines that models need, for each capacity that the blueprint allows."""
    gpus, needs = args.site.gpus, planned.machines(args)
    for capacity in dict.fromkeys((gpus.capacity, *gpus.fallback)):
        if capacity is not Capacity.RESERVED:  # counted when the reservation was made
            yield from _of_capacity(needs, capacity, fallback=capacity is not gpus.capacity)


def _of_capacity(
    needs: tuple[MachineNeed, ...], capacity: Capacity, *, fallback: bool
) -> Iterator[Demand]:
    by_quota: dict[str, list[MachineNeed]] = defaultdict(list)
    for need in needs:
        if counted := quota_of_machine(need.machine, capacity):
            by_quota[counted.id].append(need)
    for id, together in by_quota.items():
        fewest = sum(need.fewest * (known(need.machine) or 0) for need in together)
        most = sum(need.most * (known(need.machine) or 0) for need in together)
        why = ", ".join(f"{n.most} x {n.machine} for {' and '.join(n.models)}" for n in together)
        yield Demand(quota(id), fewest, most, why, fallback)


def of_nodes(args: AwsPreflightArgs, vcpus: Vcpus) -> Iterator[Demand]:
    """The vCPUs of ordinary nodes: the groups at once, the rest as they are needed."""
    if not any(planned.of_type(args, planned.CLUSTER)):
        return
    nodes, groups = args.site.cluster.nodes, list(planned.node_groups(args))
    at_once: dict[str, int] = defaultdict(int)
    for machine, count, capacity in groups:
        at_once[capacity] += count * vcpus(machine)
    ceiling = -(-nodes.max_cpu // 1000)
    for capacity in sorted({*at_once, nodes.capacity}):
        held = at_once[capacity]
        most = max(held, ceiling) if capacity == nodes.capacity else held
        why = ", ".join(f"{count} x {machine}" for machine, count, of in groups if of == capacity)
        grows = f"up to {ceiling} for other nodes" if most > held else ""
        counted = quota("standard" if capacity == "on-demand" else "spot-standard")
        yield Demand(counted, held, most, "; ".join(filter(None, (why, grows))))


def by_the_piece(args: AwsPreflightArgs) -> Iterator[Demand]:
    """What is counted by the piece: addresses, networks, clusters, databases."""
    for counted in quotas().values():
        items = [item for item in planned.of_type(args, *counted.types) if _counts(item)]
        if number := sum(_pieces(item) for item in items):
            if counted.id == "nat-gateways":
                number = -(-number // args.site.network.zones)
            yield Demand(counted, number, number, f"{len(items)} planned")


def _counts(item: Expected) -> bool:
    return item.type != INTERFACE or item.inputs.get("vpcEndpointType") == "Interface"


def _pieces(item: Expected) -> int:
    """Nodes of a cache; one of everything else."""
    return int(item.inputs.get("numCacheClusters") or 1)
