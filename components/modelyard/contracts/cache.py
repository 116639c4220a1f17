"""Valkey or Redis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.site import Site
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context
    from modelyard.contracts.endpoint import Endpoint
    from modelyard.contracts.identity import Identity
    from modelyard.contracts.secrets import SecretHandle, Secrets


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    context: Context
    site: Site
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    engine: str
    """`valkey` or `redis`; `attach` for one that is there already."""


class Cache(Protocol):
    @property
    def endpoint(self) -> Endpoint: ...

    @property
    def tls(self) -> bool: ...

    @property
    def authority(self) -> str | None:
        """Key of the secret with the certificate of who signs for it; None where all know him."""
        ...

    @property
    def secret(self) -> SecretHandle:
        """In the platform's namespace, with the key `password`; empty where there is none."""
        ...
