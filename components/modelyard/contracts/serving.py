"""Serving one model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context
    from modelyard.contracts.east_west import EastWest
    from modelyard.contracts.endpoint import Endpoint
    from modelyard.contracts.features import Features
    from modelyard.contracts.gpu_pool import GpuPool
    from modelyard.contracts.guardrails import Guardrails
    from modelyard.contracts.identity import Identity, WorkloadIdentity
    from modelyard.contracts.ingress import Ingress
    from modelyard.contracts.monitoring import Monitoring
    from modelyard.contracts.object_store import ObjectStore
    from modelyard.contracts.rag import Rag
    from modelyard.contracts.registry import Registry
    from modelyard.contracts.secrets import Secrets
    from modelyard.plan.overflow import Elsewhere
    from modelyard.plan.serving import ModelPlan


@dataclass(frozen=True, kw_only=True)
class ServingArgs:
    """What serving one model takes."""

    context: Context
    model: Model
    model_plan: ModelPlan
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    registry: Registry | None = None
    object_store: ObjectStore | None = None
    gpu_pool: GpuPool | None = None
    ingress: Ingress | None = None
    monitoring: Monitoring | None = None
    features: Features | None = None
    guardrails: Guardrails | None = None
    rag: Rag | None = None
    models: tuple[tuple[Model, ModelPlan], ...] = ()
    """Every model of the site with its plan: those that this one depends on are among them."""
    east_west_gateway: EastWest | None = None
    elsewhere: Elsewhere | None = None
    """The same model at another site, which takes what this one does not."""
    offered: frozenset[str] = frozenset()
    """What of this site others come for with a certificate."""
    runs_as: WorkloadIdentity | None = None
    """The model's own service account, once there is one."""


class Serving(Protocol):
    @property
    def endpoint(self) -> Endpoint | None:
        """Where the model answers; None in batch mode."""
        ...
