"""The model registry and experiment tracking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from pulumi import Input

    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context, Purpose
    from modelyard.contracts.database import Database
    from modelyard.contracts.east_west import EastWest
    from modelyard.contracts.endpoint import Endpoint, Environment
    from modelyard.contracts.identity import Identity
    from modelyard.contracts.ingress import Ingress
    from modelyard.contracts.monitoring import Monitoring
    from modelyard.contracts.object_store import ObjectStore
    from modelyard.contracts.secrets import Secrets
    from modelyard.plan.replicas import Copy


Login: TypeAlias = "Mapping[str, Input[str]]"
"""`username` and `password`, the latter always a Pulumi secret."""


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    context: Context
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    database: Database
    object_store: ObjectStore
    ingress: Ingress | None = None
    east_west_gateway: EastWest | None = None
    copies: tuple[Copy, ...] = ()
    """What it follows of another registry, where it is a copy of that one."""
    offered: frozenset[str] = frozenset()
    """What of this site others come for with a certificate."""
    monitoring: Monitoring | None = None
    guarded: tuple[str, ...] = ()
    """Registered models that promotion alone may write to, wherever they are served."""


@dataclass(frozen=True, kw_only=True)
class RemoteRegistryArgs:
    """Of a site whose registry stands on another one."""

    context: Context
    identity: Identity
    secrets: Secrets
    far: Registry
    """The registry itself."""
    by_certificate: str | None = None
    """Its site, where a certificate has to be shown there."""
    networks_there: tuple[str, ...] = ()
    """Where it answers; anywhere when empty."""


@dataclass(frozen=True, kw_only=True)
class ReplicationArgs:
    """Of a site whose registry follows the one of another site."""

    context: Context
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    registry: Registry
    """The copy."""
    far: Registry
    """The registry itself."""
    copies: tuple[Copy, ...]
    monitoring: Monitoring | None = None
    by_certificate: str | None = None
    """The registry's site, where a certificate has to be shown there."""
    networks_there: tuple[str, ...] = ()
    """Where that one answers; anywhere when empty."""


class Registry(Protocol):
    @property
    def endpoint(self) -> Endpoint: ...

    @property
    def outside(self) -> str | None:
        """Its URL for other sites; None where nothing leads in from outside."""
        ...

    @property
    def logins(self) -> Mapping[str, Login]:
        """What its clients log in with, by account: for Secrets of other sites."""
        ...

    def environment(self, purpose: Purpose) -> Environment:
        """What a client in that namespace needs: address and credentials.

        Training registers candidates; production reads.
        """
        ...

    @property
    def promoter(self) -> Environment:
        """What may move the aliases of guarded models, in production's namespace alone."""
        ...
