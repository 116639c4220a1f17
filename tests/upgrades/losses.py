"""What an upgrade would lose: resources with data that it does not find again, or makes anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pulumi.runtime.proto.provider_pb2 import DiffResponse
from tests.engine.states import checked
from tests.support.simulated import objects, others
from tests.support.simulated.cluster import Cluster
from tests.support.simulated.difference import diff
from tests.support.simulated.values import encoded
from tests.upgrades.released import Kept

from modelyard.recorder import Graph, Resource

STATEFUL = (
    "kubernetes:core/v1:Namespace",
    "kubernetes:core/v1:PersistentVolumeClaim",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:postgresql.cnpg.io/v1:Cluster",
    "kubernetes:cert-manager.io/v1:Certificate",
    "random:",
    "aws:eks/cluster:",
    "aws:elasticache/replicationGroup:",
    "aws:kms/key:",
    "aws:rds/instance:",
    "aws:s3/bucket:",
    "aws:sagemaker/featureGroup:",
    "gcp:alloydb/cluster:",
    "gcp:alloydb/instance:",
    "gcp:bigquery/dataset:",
    "gcp:bigquery/table:",
    "gcp:container/cluster:",
    "gcp:kms/cryptoKey:",
    "gcp:managedkafka/cluster:",
    "gcp:memorystore/instance:",
    "gcp:redis/instance:",
    "gcp:sql/databaseInstance:",
    "gcp:storage/bucket:",
    "gcp:vertex/aiFeatureOnlineStore:",
    "gcp:vertex/aiIndex:",
)
"""Types, or packages, of what holds data, keys or passwords, or is the place of what does."""


def stateful(resource: Kept) -> bool:
    """Does something go with it that no later run brings back?"""
    return resource.protect or resource.type.startswith(STATEFUL)


def losses(before: Iterable[Kept], after: Graph) -> list[str]:
    """What of a released state today's graph does not carry on, in words."""
    known = {alias: resource for resource in after for alias in resource.aliases}
    known |= {resource.urn: resource for resource in after}
    return [said for kept in before if stateful(kept) for said in _lost(kept, known.get(kept.urn))]


def _lost(kept: Kept, now: Resource | None) -> Iterator[str]:
    if now is None:
        yield f"{kept.urn} is not there any more; give what it is now an alias"
        return
    replaced = _difference(kept, now).replaces
    if kept.type != now.type or replaced:
        yield f"{kept.urn} would be replaced for {', '.join(replaced) or now.type}"


def _difference(kept: Kept, now: Resource) -> DiffResponse:
    old, new = dict(kept.inputs), checked(now)
    if others.is_object(kept.type):
        return objects.differs(Cluster(), kept.type, encoded(old), encoded(new), ())
    return diff(old, new, others.immutable(kept.type))
