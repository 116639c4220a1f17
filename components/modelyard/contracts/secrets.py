"""Secrets: those the platform makes for itself, and those a team refers to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from modelyard.contracts.endpoint import SecretKey

if TYPE_CHECKING:
    from pulumi import Input, Output, Resource

    from modelyard.blueprint.site import ClusterSite
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context, Namespace
    from modelyard.contracts.identity import Identity


@dataclass(frozen=True, kw_only=True)
class SecretsArgs:
    context: Context
    site: ClusterSite
    cluster: Cluster
    identity: Identity


@dataclass(frozen=True)
class SecretHandle:
    """A Secret in one namespace."""

    name: str
    resource: Resource | None
    """None when somebody else keeps it."""

    def key(self, key: str) -> SecretKey:
        return SecretKey(self.name, key)


class Secrets(Protocol):
    def password(self, name: str, parent: Resource) -> Output[str]:
        """A random password that stays the same from run to run; always a Pulumi secret."""
        ...

    def store(
        self, name: str, namespace: Namespace, values: Mapping[str, Input[str]], parent: Resource
    ) -> SecretHandle:
        """Keep values under a name in a namespace."""
        ...

    def refer(self, reference: str, namespace: Namespace, parent: Resource) -> SecretKey:
        """Bring `secret://NAME/KEY` into a namespace; the key is `value` when left out."""
        ...
