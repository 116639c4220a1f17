"""Who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelyard.blueprint.access import Access as AccessSection
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context
    from modelyard.contracts.identity import Identity


@dataclass(frozen=True, kw_only=True)
class AccessArgs:
    context: Context
    settings: AccessSection
    cluster: Cluster
    identity: Identity
