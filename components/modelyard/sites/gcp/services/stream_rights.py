"""What a client of Kafka may do: lists of the cluster's own, by stream and by group.

Source: Managed Service for Apache Kafka guide, access control with Kafka ACLs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi

from modelyard.objects.cloud import CloudResource

CLOSED = ("allConsumerGroups", "allTopics", "allTransactionalIds", "cluster")
"""What is open to everybody who may connect until a list says something of it."""
EVERYBODY = "User:*"


class StreamRights:
    """The lists of one cluster. A list is one resource, so each is made once, for one client."""

    def __init__(
        self, parent: pulumi.Resource, name: str, cluster: CloudResource, location: str
    ) -> None:
        self._parent, self._name = parent, name
        self._place = {"cluster": cluster["clusterId"], "location": location}
        self._made: dict[str, tuple[str, Sequence[str]]] = {}
        for pattern in CLOSED:
            self._list(pattern, EVERYBODY, ["DESCRIBE"])

    def allow(
        self, client: str, principal: pulumi.Input[str], reads: Sequence[str], writes: Sequence[str]
    ) -> None:
        """Let a client into these streams, with groups named after it.

        Raises ValueError where a list was made before, for another client or for less.
        """
        user = pulumi.Output.concat("User:", principal)
        for pattern, operations in _patterns(client, reads, writes):
            wanted = (client, operations)
            if pattern not in self._made:
                self._made[pattern] = wanted
                self._list(pattern, user, operations)
            elif self._made[pattern] != wanted:
                raise ValueError(f"the list of {pattern} is made: it is for {self._made[pattern]}")

    def _list(self, pattern: str, user: pulumi.Input[str], operations: Sequence[str]) -> None:
        entry: Mapping[str, Any] = {"principal": user, "permissionType": "ALLOW", "host": "*"}
        inputs = {
            **self._place,
            "aclId": pattern,
            "aclEntries": [{**entry, "operation": operation} for operation in operations],
        }
        options = pulumi.ResourceOptions(parent=self._parent)
        part = f"{self._name}-{pattern.replace('/', '-')}"
        CloudResource("gcp:managedkafka/acl:Acl", part, inputs, options, outputs={})


def _patterns(
    client: str, reads: Sequence[str], writes: Sequence[str]
) -> Iterator[tuple[str, Sequence[str]]]:
    """Lists by what they are about, and the operations in each; both include to describe."""
    for topic in sorted({*reads, *writes}):
        asked = {"READ": topic in reads, "WRITE": topic in writes}
        yield f"topic/{topic}", [operation for operation, wanted in asked.items() if wanted]
    if reads:
        yield f"consumerGroupPrefixed/{client}", ["READ"]
    if writes:
        yield f"transactionalIdPrefixed/{client}", ["WRITE"]
