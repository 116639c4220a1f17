"""The model registry and experiment tracking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context, Purpose
    from modelyard.contracts.database import Database
    from modelyard.contracts.endpoint import Endpoint, Environment
    from modelyard.contracts.identity import Identity
    from modelyard.contracts.ingress import Ingress
    from modelyard.contracts.monitoring import Monitoring
    from modelyard.contracts.object_store import ObjectStore
    from modelyard.contracts.secrets import Secrets


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    context: Context
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    database: Database
    object_store: ObjectStore
    ingress: Ingress | None = None
    monitoring: Monitoring | None = None


class Registry(Protocol):
    @property
    def endpoint(self) -> Endpoint: ...

    def environment(self, purpose: Purpose) -> Environment:
        """What a client in that namespace needs: address and credentials."""
        ...
