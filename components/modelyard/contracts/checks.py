"""What holds a model to its limits, on a clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelyard.blueprint.lifecycle import Jobs
    from modelyard.blueprint.model import Model
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context
    from modelyard.contracts.endpoint import Endpoint
    from modelyard.contracts.identity import Identity
    from modelyard.contracts.monitoring import Monitoring
    from modelyard.contracts.object_store import ObjectStore
    from modelyard.contracts.registry import Registry
    from modelyard.plan.rechecks import Recheck
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
    recheck: Recheck | None = None
    """When it is looked at anew beside the clock; None where nothing that it reads can change."""
    models: tuple[tuple[Model, ModelPlan], ...] = ()
    """Every model of the site with its plan: those that checks ask are among them."""


@dataclass(frozen=True, kw_only=True)
class RecheckArgs:
    """Of one model whose checks run anew when what it reads has changed."""

    of: ChecksArgs
    registry: Registry
    recheck: Recheck
    checks: tuple[Mapping[str, Any], ...]
    """What they are told, in their order."""
    reads: tuple[str, ...]
    """Addresses of what they read."""
    asks: tuple[Endpoint, ...]
    """Models that they ask."""
    schedule: str
    """How often it looks whether there is a mark."""
