"""What a plan holds of each type, read from its recorded resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.catalog.machines import machines as catalog
from modelyard.contracts.preflight import MachineNeed, PreflightArgs
from modelyard.plan.tags import DOMAIN

if TYPE_CHECKING:
    from modelyard.blueprint.site import AwsSite
    from modelyard.contracts.inventory import Expected

CLUSTER = "aws:eks/cluster:Cluster"
NODES = "aws:eks/nodeGroup:NodeGroup"
POOL = "kubernetes:karpenter.sh/v1:NodePool"
MACHINE = f"{DOMAIN}/machine"
"""Label of the nodes of one kind of machine."""
SUBNET = "aws:ec2/subnet:Subnet"


@dataclass(frozen=True, kw_only=True)
class AwsPreflightArgs(PreflightArgs):
    """What a plan would build in one account and region."""

    site: AwsSite


def of_type(args: AwsPreflightArgs, *tokens: str) -> Iterator[Expected]:
    """The planned resources of these types."""
    return (item for item in args.expected if item.type in tokens)


def texts(items: Iterable[Expected], key: str) -> Iterator[str]:
    """The values of one input that are known beforehand; a symbol such as `${vpc.id}` is not."""
    for item in items:
        value = item.inputs.get(key)
        if isinstance(value, str) and "${" not in value:
            yield value


def cluster_name(args: AwsPreflightArgs) -> str | None:
    """The cluster that the platform stands on, made or attached."""
    if attached := args.site.cluster.attach:
        return attached.name
    return next(texts(of_type(args, CLUSTER), "name"), None)


def node_groups(args: AwsPreflightArgs) -> Iterator[tuple[str, int, str]]:
    """Machine, how many of it, and capacity (`on-demand`, `spot`) of each group of nodes."""
    for group in of_type(args, NODES):
        inputs: Mapping[str, Any] = group.inputs
        scaling = inputs.get("scalingConfig") or {}
        machines = inputs.get("instanceTypes") or ()
        capacity = str(inputs.get("capacityType", "ON_DEMAND")).lower().replace("_", "-")
        if machines:
            yield str(machines[0]), int(scaling.get("desiredSize", 1)), capacity


def machines(args: AwsPreflightArgs) -> tuple[MachineNeed, ...]:
    """Machines with accelerators that are nodes of the cluster: for models, and for training."""
    of_models = [need for need in args.machines if not need.hosted]
    named = {need.machine for need in of_models}
    training = (need for need in _pools(args) if need.machine not in named)
    return (*of_models, *{need.machine: need for need in training}.values())


def hosted(args: AwsPreflightArgs) -> tuple[MachineNeed, ...]:
    """Machines on which SageMaker hosts models."""
    return tuple(need for need in args.machines if need.hosted)


def _pools(args: AwsPreflightArgs) -> Iterator[MachineNeed]:
    """Karpenter's pools of one kind of machine each, by the most that they may hold."""
    known = {each.machine: each for each in catalog("aws")}
    for item in of_type(args, POOL):
        spec = item.inputs["spec"]
        name = spec["template"]["metadata"]["labels"].get(MACHINE)
        if machine := known.get(name):
            allowed = int(spec["limits"][machine.accelerator_facts.resource])
            most = allowed // machine.count
            yield MachineNeed(machine=name, fewest=0, most=most, models=("training",))


def zones_planned(args: AwsPreflightArgs) -> tuple[str, ...]:
    """The ids of the zones that planned subnets name."""
    return tuple(sorted(set(texts(of_type(args, SUBNET), "availabilityZoneId"))))
