"""Where other sites come in that show a certificate, and how a site goes there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from modelyard.contracts.link import LinkArgs

if TYPE_CHECKING:
    from modelyard.blueprint.site import Site
    from modelyard.contracts.authority import Authority
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context
    from modelyard.contracts.endpoint import Peer
    from modelyard.contracts.identity import Identity
    from modelyard.contracts.ingress import Ingress
    from modelyard.contracts.monitoring import Monitoring
    from modelyard.contracts.secrets import Secrets
    from modelyard.objects.objects import Objects


@dataclass(frozen=True, kw_only=True)
class EastWestArgs:
    context: Context
    site: Site
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    ingress: Ingress
    authority: Authority
    guests: tuple[str, ...]
    """The sites that may come in."""
    node_port: int | None
    """Where they come in on every node; None where a load balancer stands before it."""


class EastWest(Protocol):
    @property
    def peer(self) -> Peer:
        """The proxy's pods: where requests of other sites come from."""
        ...

    def publish(
        self, objects: Objects, name: str, service: str, port: int, path: str | None = None
    ) -> str:
        """Let other sites ask a Service beside the given objects; returns its URL there.

        Where a `path` is given, nothing else gets there.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class EgressArgs(LinkArgs):
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    authority: Authority
    asked: tuple[str, ...]
    """Names of what the other end offers."""
    domain_there: str
    ingress: Ingress | None = None
    """Whose proxies hand on what models of this site do not take."""
    monitoring: Monitoring | None = None
