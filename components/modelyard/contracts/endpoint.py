"""Where something answers, and how another pod may reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pulumi import Input

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Peer:
    """Pods at the other end of a connection, as NetworkPolicies pick them."""

    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the pods; every pod of the namespace when empty."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A host and port, with the pods behind it when they are in the cluster."""

    host: Input[str]
    """An Output where a cloud gives the name: of databases and caches alone."""
    port: int
    scheme: str = "http"
    peer: Peer | None = None
    """None when it is outside the cluster."""
    networks: tuple[str, ...] = ()
    """Where it is outside the cluster, by address ranges; anywhere when empty."""

    @classmethod
    def at(cls, url: str, peer: Peer | None = None, networks: tuple[str, ...] = ()) -> Endpoint:
        """What answers at an address of HTTP; the port is the scheme's where none is said."""
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        host, scheme = parts.hostname or "", parts.scheme
        return cls(host=host, port=port, scheme=scheme, peer=peer, networks=networks)

    @property
    def url(self) -> str:
        """Raises TypeError where the cloud gives the name."""
        if not isinstance(self.host, str):
            raise TypeError("the host is an Output; it has no URL before it is made")
        return f"{self.scheme}://{self.host}:{self.port}"


@dataclass(frozen=True)
class SecretKey:
    """One value in a Secret of the same namespace: what an environment variable may refer to."""

    secret: str
    key: str


Environment: TypeAlias = "Mapping[str, Input[str] | SecretKey]"
"""Environment of a container: plain values, and references to secret ones."""
