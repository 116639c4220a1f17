"""Keys: who signs certificates, and what is known of encryption at rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pulumi import Resource

    from modelyard.blueprint.site import Site
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context, Namespace
    from modelyard.contracts.identity import Identity


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    context: Context
    site: Site
    cluster: Cluster
    identity: Identity


@dataclass(frozen=True)
class Certificate:
    """A certificate that renews itself."""

    secret: str
    """Secret with `tls.crt`, `tls.key` and `ca.crt`."""
    resource: Resource


class Keys(Protocol):
    def certificate(
        self, name: str, namespace: Namespace, hosts: tuple[str, ...], parent: Resource
    ) -> Certificate:
        """A certificate for these host names, in a Secret of that namespace."""
        ...
