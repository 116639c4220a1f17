"""PostgreSQL, with a database and an owner for each of its users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.site import Site
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context
    from modelyard.contracts.endpoint import Endpoint
    from modelyard.contracts.identity import Identity
    from modelyard.contracts.keys import Keys
    from modelyard.contracts.secrets import SecretHandle, Secrets


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    context: Context
    site: Site
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    consumers: tuple[str, ...]
    """Capabilities that want a database of their own: `registry`, `features`, …"""
    keys: Keys | None = None


@dataclass(frozen=True)
class DatabaseAccess:
    """One database and its owner."""

    endpoint: Endpoint
    database: str
    user: str
    secret: SecretHandle
    """In the platform's namespace, with the keys `username`, `password` and `uri`
    (`postgresql://…`, sslmode included)."""


class Database(Protocol):
    def access(self, consumer: str) -> DatabaseAccess:
        """The database of one of the consumers named in the arguments."""
        ...
