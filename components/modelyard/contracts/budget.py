"""What watches the month's cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelyard.blueprint.access import Budget as BudgetSection
    from modelyard.blueprint.site import Site
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context
    from modelyard.contracts.identity import Identity
    from modelyard.contracts.monitoring import Monitoring


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    context: Context
    site: Site
    cluster: Cluster
    identity: Identity
    limits: BudgetSection | None
    """The blueprint's own budget."""
    monitoring: Monitoring | None = None
