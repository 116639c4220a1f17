"""The feature store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.data_plane import Features as FeaturesSection
    from modelyard.contracts.cache import Cache
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context
    from modelyard.contracts.database import Database
    from modelyard.contracts.endpoint import Endpoint
    from modelyard.contracts.identity import Identity
    from modelyard.contracts.monitoring import Monitoring
    from modelyard.contracts.secrets import Secrets


@dataclass(frozen=True, kw_only=True)
class FeaturesArgs:
    context: Context
    settings: FeaturesSection
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    database: Database
    cache: Cache | None = None
    """There when the online store is Valkey or Redis."""
    monitoring: Monitoring | None = None


class Features(Protocol):
    @property
    def online(self) -> Endpoint:
        """Where features are read while serving."""
        ...

    @property
    def offline(self) -> Endpoint:
        """Where training sets are made."""
        ...
