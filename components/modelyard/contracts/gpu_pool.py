"""GPUs: how a pod asks for the ones that the plan chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.blueprint.site import Site
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context
    from modelyard.contracts.identity import Identity
    from modelyard.plan.serving import ModelPlan


@dataclass(frozen=True, kw_only=True)
class GpuPoolArgs:
    context: Context
    site: Site
    cluster: Cluster
    identity: Identity
    models: tuple[tuple[Model, ModelPlan], ...] = ()
    """The models of the site: what they hold is not for the queue to give away."""


@dataclass(frozen=True, kw_only=True)
class Scheduling:
    """What puts a pod on the right node. Empty for a pod that needs no accelerator."""

    resources: Mapping[str, str] = field(default_factory=dict[str, str])
    """Extended resources, the same in requests and limits."""
    node_selector: Mapping[str, str] = field(default_factory=dict[str, str])
    tolerations: tuple[Mapping[str, Any], ...] = ()
    queue: str | None = None
    """Kueue queue for training and batch runs."""


class GpuPool(Protocol):
    def schedule(self, model: ModelPlan) -> Scheduling:
        """Where one replica of a model goes."""
        ...

    def training(self, gpus: int) -> Scheduling:
        """Where a training run with so many GPUs goes."""
        ...
