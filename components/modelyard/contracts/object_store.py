"""An object store that speaks S3: where artifacts rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.site import ClusterSite
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context, Purpose
    from modelyard.contracts.endpoint import Endpoint, Environment
    from modelyard.contracts.identity import Identity
    from modelyard.contracts.secrets import Secrets


@dataclass(frozen=True, kw_only=True)
class ObjectStoreArgs:
    context: Context
    site: ClusterSite
    cluster: Cluster
    identity: Identity
    secrets: Secrets


class ObjectStore(Protocol):
    @property
    def endpoint(self) -> Endpoint: ...

    @property
    def bucket(self) -> str: ...

    @property
    def region(self) -> str: ...

    def environment(self, purpose: Purpose) -> Environment:
        """What an S3 client in that namespace needs: production may only read."""
        ...
