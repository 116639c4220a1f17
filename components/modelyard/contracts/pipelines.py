"""What runs training and promotion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.access import Access
    from modelyard.blueprint.lifecycle import Pipelines as PipelinesSection
    from modelyard.blueprint.model import Model
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context, Namespace
    from modelyard.contracts.gpu_pool import GpuPool
    from modelyard.contracts.identity import Identity, WorkloadIdentity
    from modelyard.contracts.object_store import ObjectStore
    from modelyard.contracts.registry import Registry
    from modelyard.contracts.secrets import Secrets
    from modelyard.plan.tags import Tags


@dataclass(frozen=True, kw_only=True)
class PipelinesArgs:
    context: Context
    settings: PipelinesSection
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    object_store: ObjectStore


class Pipelines(Protocol):
    @property
    def namespace(self) -> Namespace:
        """Where runs run."""
        ...

    @property
    def runner(self) -> WorkloadIdentity:
        """What runs run as."""
        ...


@dataclass(frozen=True, kw_only=True)
class LifecycleArgs:
    """Of one model: its retraining, or its promotion."""

    context: Context
    model: Model
    tags: Tags
    access: Access
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    registry: Registry
    pipelines: Pipelines
    gpu_pool: GpuPool | None = None
