"""What a client of Kafka may do; source: MSK developer guide, IAM access control."""

from __future__ import annotations

from collections.abc import Sequence

from modelyard.blueprint.site import AwsSite
from modelyard.sites.aws.names import arn
from modelyard.sites.aws.policies import Statement, allow

_READING = ("kafka-cluster:DescribeTopic", "kafka-cluster:ReadData")
_WRITING = ("kafka-cluster:DescribeTopic", "kafka-cluster:WriteData")
_GROUPS = ("kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup")


def rights(
    site: AwsSite, cluster: str, client: str, reads: Sequence[str], writes: Sequence[str]
) -> list[Statement]:
    """To read and write these topics, with consumer groups named after the client.

    `*` stands for the id that MSK gives a cluster: its name is unique in account and region.
    """
    if not reads and not writes:
        return []
    place = [arn(site, "kafka", f"cluster/{cluster}/*")]
    found = [allow(["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"], place)]
    if reads:
        group = arn(site, "kafka", f"group/{cluster}/*/{client}*")
        found += [allow(_READING, _topics(site, cluster, reads)), allow(_GROUPS, [group])]
    if writes:
        found.append(allow(_WRITING, _topics(site, cluster, writes)))
        found.append(allow(["kafka-cluster:WriteDataIdempotently"], place))
    return found


def _topics(site: AwsSite, cluster: str, names: Sequence[str]) -> list[str]:
    return [arn(site, "kafka", f"topic/{cluster}/*/{name}") for name in sorted(set(names))]
