"""How much of a quota is in use by others than this platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from modelyard.catalog.quotas import Quota, quota_of_machine
from modelyard.sites.aws.preflight.cores import vcpus
from modelyard.sites.aws.preflight.ownership import in_cluster, owned, tags_of
from modelyard.sites.aws.preflight.planned import cluster_name
from modelyard.sites.aws.preflight.zones import zones_of

if TYPE_CHECKING:
    from modelyard.sites.aws.preflight.asking import Asking
    from modelyard.sites.aws.preflight.planned import AwsPreflightArgs

Count = Callable[["Asking", "AwsPreflightArgs"], int]


def in_use(asking: Asking, args: AwsPreflightArgs, quota: Quota) -> int | None:
    """What others use of it; None where no call of the service tells."""
    if quota.unit == "vCPUs":
        return _vcpus(asking, args, quota)
    count = _COUNTS.get(quota.id)
    return count(asking, args) if count else None


def _vcpus(asking: Asking, args: AwsPreflightArgs, quota: Quota) -> int:
    """The vCPUs of running machines that count against a quota and are no nodes of the platform."""
    cluster = cluster_name(args)
    return sum(
        _cores(asking, instance)
        for instance in _running(asking)
        if quota_of_machine(instance["InstanceType"], _capacity(instance)) == quota
        and not in_cluster(tags_of(instance.get("Tags", ())), cluster)
    )


def _running(asking: Asking) -> Iterator[Mapping[str, Any]]:
    """Every machine that runs or is about to."""
    states = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    for reservation in asking.pages("ec2", "describe_instances", "Reservations", Filters=states):
        yield from reservation["Instances"]


def _capacity(instance: Mapping[str, Any]) -> str:
    return instance.get("InstanceLifecycle", "on-demand")


def _cores(asking: Asking, instance: Mapping[str, Any]) -> int:
    """Some may have been switched off: the instance tells of its own."""
    if cpu := instance.get("CpuOptions"):
        return cpu["CoreCount"] * cpu["ThreadsPerCore"]
    return vcpus(asking, instance["InstanceType"])


def _others(args: AwsPreflightArgs, items: Sequence[Mapping[str, Any]]) -> int:
    """How many bear tags that are not the platform's."""
    return sum(not owned(tags_of(item.get("Tags", ())), args.context) for item in items)


def _addresses(asking: Asking, args: AwsPreflightArgs) -> int:
    return _others(args, asking.call("ec2", "describe_addresses")["Addresses"])


def _vpcs(asking: Asking, args: AwsPreflightArgs) -> int:
    return _others(args, asking.pages("ec2", "describe_vpcs", "Vpcs"))


def _internet_gateways(asking: Asking, args: AwsPreflightArgs) -> int:
    gateways = asking.pages("ec2", "describe_internet_gateways", "InternetGateways")
    return _others(args, gateways)


def _nat_gateways(asking: Asking, args: AwsPreflightArgs) -> int:
    """Of others in that zone of the platform which has the most."""
    alive = [{"Name": "state", "Values": ["pending", "available", "deleting"]}]
    gateways = asking.pages("ec2", "describe_nat_gateways", "NatGateways", Filters=alive)
    subnets = asking.pages("ec2", "describe_subnets", "Subnets")
    zone = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in subnets}
    others = Counter(
        zone.get(gateway.get("SubnetId", ""))
        for gateway in gateways
        if not owned(tags_of(gateway.get("Tags", ())), args.context)
    )
    return max((others[name] for name in zones_of(asking, args)), default=0)


def _clusters(asking: Asking, args: AwsPreflightArgs) -> int:
    names = asking.pages("eks", "list_clusters", "clusters")
    return sum(name != cluster_name(args) for name in names)


def _databases(asking: Asking, args: AwsPreflightArgs) -> int:
    found = asking.pages("rds", "describe_db_instances", "DBInstances")
    return sum(not owned(tags_of(each.get("TagList", ())), args.context) for each in found)


def _cache_nodes(asking: Asking, args: AwsPreflightArgs) -> int:
    """All of them: tags of caches are told for one at a time only."""
    found = asking.pages("elasticache", "describe_cache_clusters", "CacheClusters")
    return sum(each.get("NumCacheNodes", 1) for each in found)


def _roles(asking: Asking, args: AwsPreflightArgs) -> int:
    """All of them: tags of roles are told for one at a time only."""
    return int(asking.call("iam", "get_account_summary")["SummaryMap"].get("Roles", 0))


def _buckets(asking: Asking, args: AwsPreflightArgs) -> int:
    """All of them: tags of buckets are told for one at a time only."""
    return len(asking.call("s3", "list_buckets")["Buckets"])


_COUNTS: Mapping[str, Count] = {
    "addresses": _addresses,
    "vpcs": _vpcs,
    "internet-gateways": _internet_gateways,
    "nat-gateways": _nat_gateways,
    "clusters": _clusters,
    "databases": _databases,
    "cache-nodes": _cache_nodes,
    "roles": _roles,
    "buckets": _buckets,
}
