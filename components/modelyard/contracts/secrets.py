"""Secrets: those the platform makes for itself, and those a team refers to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from modelyard.contracts.endpoint import SecretKey

if TYPE_CHECKING:
    from pulumi import Input, Output, Resource

    from modelyard.blueprint.site import Site
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context, Namespace
    from modelyard.contracts.identity import Identity


@dataclass(frozen=True, kw_only=True)
class SecretsArgs:
    context: Context
    site: Site
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


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """Several keys of a secret that a team keeps, and texts that are made of them."""

    name: str
    """The NAME of `secret://NAME`."""
    keys: tuple[str, ...]
    templates: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further keys, made of the others: `{uri: "postgresql://{{ .username }}@host"}`."""
    type: str = "Opaque"
    whole: bool = False
    """Whether it is one value there, without keys; the only key is then what it is called here."""
    renamed: str | None = None
    """What the only key is called in the cluster, where it has to have a certain name."""


class Secrets(Protocol):
    def password(self, name: str, parent: Resource) -> Output[str]:
        """A random password that stays the same from run to run; always a Pulumi secret."""
        ...

    def store(
        self,
        name: str,
        namespace: Namespace,
        values: Mapping[str, Input[str]],
        parent: Resource,
        type: str = "Opaque",
        digest: str = "",
    ) -> SecretHandle:
        """Keep values under a name in a namespace.

        `digest` is of what is no secret in them, so that a plan shows when that changes.
        """
        ...

    def gather(self, wanted: Gathered, namespace: Namespace) -> SecretHandle:
        """Bring several keys of one referred secret into a namespace, under its own name."""
        ...

    def refer(self, reference: str, namespace: Namespace, parent: Resource) -> SecretKey:
        """Bring `secret://NAME/KEY` into a namespace; the key is `value` when left out."""
        ...
