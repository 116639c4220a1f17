"""What holds a model to its limits, on a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelyard.blueprint.lifecycle import Jobs
    from modelyard.blueprint.model import Model
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context
    from modelyard.contracts.identity import Identity
    from modelyard.contracts.monitoring import Monitoring
    from modelyard.contracts.object_store import ObjectStore
    from modelyard.contracts.registry import Registry
    from modelyard.plan.serving import ModelPlan
    from modelyard.plan.tags import Tags
    from modelyard.plan.watch import Watch


@dataclass(frozen=True, kw_only=True)
class ChecksArgs:
    """Of one model: everything that is measured of it now and then."""

    context: Context
    model: Model
    tags: Tags
    watch: Watch
    jobs: Jobs
    cluster: Cluster
    identity: Identity
    object_store: ObjectStore
    monitoring: Monitoring
    registry: Registry | None = None
    """None where nothing that is measured is of a version in it."""
    models: tuple[tuple[Model, ModelPlan], ...] = ()
    """Every model of the site with its plan: those that checks ask are among them."""
