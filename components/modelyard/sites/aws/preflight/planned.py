"""What a plan holds of each type, read from its recorded resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.contracts.preflight import PreflightArgs

if TYPE_CHECKING:
    from modelyard.blueprint.site import AwsSite
    from modelyard.contracts.inventory import Expected

CLUSTER = "aws:eks/cluster:Cluster"
NODES = "aws:eks/nodeGroup:NodeGroup"
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


def zones_planned(args: AwsPreflightArgs) -> tuple[str, ...]:
    """The zones that planned subnets name; empty where the plan leaves them to the region."""
    return tuple(sorted(set(texts(of_type(args, SUBNET), "availabilityZone"))))
