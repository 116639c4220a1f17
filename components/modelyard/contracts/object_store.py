"""An object store that speaks S3: where artifacts rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.blueprint.site import ClusterSite
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context, Purpose
    from modelyard.contracts.endpoint import Endpoint, Environment
    from modelyard.contracts.identity import Identity
    from modelyard.contracts.secrets import Secrets
    from modelyard.plan.serving import ModelPlan


@dataclass(frozen=True, kw_only=True)
class ObjectStoreArgs:
    context: Context
    site: ClusterSite
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    models: tuple[tuple[Model, ModelPlan], ...] = ()
    """The models of the site, each with its plan: they name buckets."""


class ObjectStore(Protocol):
    @property
    def endpoint(self) -> Endpoint: ...

    @property
    def bucket(self) -> str: ...

    @property
    def region(self) -> str: ...

    def environment(self, purpose: Purpose) -> Environment:
        """What an S3 client in that namespace needs: no more than its purpose asks for."""
        ...
