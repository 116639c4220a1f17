"""What the cluster refuses to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.blueprint.site import Site
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context
    from modelyard.contracts.identity import Identity
    from modelyard.plan.plan import SitePlan
    from modelyard.plan.serving import ModelPlan


@dataclass(frozen=True, kw_only=True)
class GovernanceArgs:
    context: Context
    site: Site
    """Where its images may come from."""
    site_plan: SitePlan
    """Which operators bring images of their own."""
    cluster: Cluster
    identity: Identity
    models: tuple[tuple[Model, ModelPlan], ...] = ()
    """The models that stand on this site: the images they name are let in."""
