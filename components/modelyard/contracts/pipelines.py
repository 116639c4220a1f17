"""What runs training and promotion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.access import Access
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.lifecycle import Jobs
    from modelyard.blueprint.lifecycle import Pipelines as PipelinesSection
    from modelyard.blueprint.model import Model
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context, Namespace
    from modelyard.contracts.features import Features
    from modelyard.contracts.gpu_pool import GpuPool
    from modelyard.contracts.identity import Identity, WorkloadIdentity
    from modelyard.contracts.monitoring import Monitoring
    from modelyard.contracts.object_store import ObjectStore
    from modelyard.contracts.registry import Registry
    from modelyard.contracts.secrets import Secrets
    from modelyard.plan.plan import SitePlan
    from modelyard.plan.serving import ModelPlan
    from modelyard.plan.tags import Tags
    from modelyard.plan.watch import Watch


@dataclass(frozen=True, kw_only=True)
class PipelinesArgs:
    context: Context
    settings: PipelinesSection
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    object_store: ObjectStore
    access: Access
    registry: Registry | None = None
    features: Features | None = None
    monitoring: Monitoring | None = None


class Pipelines(Protocol):
    @property
    def namespace(self) -> Namespace:
        """Where runs run."""
        ...

    @property
    def runner(self) -> WorkloadIdentity:
        """What runs run as."""
        ...

    @property
    def defaults(self) -> Mapping[str, Any]:
        """What the spec of every run begins with."""
        ...


class HostedPipelines(Protocol):
    """Those that a cloud runs, outside the cluster."""

    def startable(self, workload: WorkloadIdentity, model: Model) -> Mapping[str, str]:
        """Lets a workload of the cluster start the training of a model, and see when it last ran.

        Returns what job `trigger` is told of it, as `starts`.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class TriggerArgs:
    """Of one model that a cloud trains, and whose verdicts Prometheus is asked for."""

    context: Context
    model: Model
    tags: Tags
    watch: Watch
    jobs: Jobs
    cluster: Cluster
    identity: Identity
    object_store: ObjectStore
    monitoring: Monitoring
    pipelines: HostedPipelines


@dataclass(frozen=True, kw_only=True)
class LifecycleArgs:
    """Of one model: its retraining, or its promotion."""

    context: Context
    site_plan: SitePlan
    model: Model
    model_plan: ModelPlan
    tags: Tags
    access: Access
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    registry: Registry
    pipelines: Pipelines
    object_store: ObjectStore
    blueprint: Blueprint
    jobs: Jobs
    features: Features | None = None
    gpu_pool: GpuPool | None = None
    monitoring: Monitoring | None = None
    watch: Watch | None = None
    """What the model is held to, and which verdicts start its training."""
    reads: tuple[Model, ...] = ()
    """Models of the registry whose answers this one reads."""
    readers: tuple[Model, ...] = ()
    """Promoted models that read this one's answers, each after those it reads itself."""
