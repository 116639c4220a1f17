"""The way in from outside, by the Gateway API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.site import Site
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context
    from modelyard.contracts.endpoint import Peer
    from modelyard.contracts.identity import Identity
    from modelyard.contracts.keys import Keys
    from modelyard.objects.objects import Objects


@dataclass(frozen=True, kw_only=True)
class IngressArgs:
    context: Context
    site: Site
    cluster: Cluster
    identity: Identity
    keys: Keys | None = None


@dataclass(frozen=True, kw_only=True)
class Overflow:
    """The same server at another site, for what our replicas do not take."""

    host: str
    """What the gateway there knows it as."""
    port: int = 443
    through: str | None = None
    """What goes there with a certificate, and is asked in the clear; whoever is there otherwise."""
    health: str | None = None
    """Path that answers 200 where a replica can serve."""
    everything: bool = False
    """Whether it takes all, instead of the rest."""


class Ingress(Protocol):
    @property
    def peer(self) -> Peer:
        """The proxy's pods: where requests come from."""
        ...

    def route(
        self,
        objects: Objects,
        name: str,
        service: str,
        port: int,
        path: str | None = None,
        overflow: Overflow | None = None,
        mirror: str | None = None,
    ) -> str:
        """Send `NAME.<domain>` to a Service beside the given objects; returns the URL.

        Where a `path` is given, nothing else gets there. What the Service's pods do not take goes
        to the `overflow`. The Service `mirror` hears of every request on the same port, and nobody
        of its answers.
        """
        ...
