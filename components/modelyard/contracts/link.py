"""One end of a link between two sites, and the border where it leaves a cloud's network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pulumi import Input, Output

    from modelyard.blueprint.site import Link, Site
    from modelyard.contracts.context import Context
    from modelyard.plan.links import Way
    from modelyard.plan.plan import SitePlan


@dataclass(frozen=True, kw_only=True)
class BorderArgs:
    context: Context
    site: Site
    site_plan: SitePlan
    links: tuple[Link, ...]
    """The links of its site."""


class Border(Protocol):
    @property
    def addresses(self) -> Sequence[Output[str]]:
        """Public addresses that it calls from; none where each tunnel has one of its own."""
        ...


@dataclass(frozen=True)
class Tunnel:
    """One tunnel, as the other end has to know it."""

    address: Output[str]
    """Where to call."""
    key: Output[str]
    """The pre-shared key, a secret."""
    inside: str
    """The /30 whose first address is this end, whose second the other one."""


class EndpointService(Protocol):
    @property
    def service(self) -> Output[str]:
        """By what its cloud knows what the site publishes."""
        ...


class LinkEnd(Protocol):
    @property
    def tunnels(self) -> Sequence[Tunnel]: ...

    @property
    def told(self) -> Mapping[str, Input[str]]:
        """What the owner of the other end has to configure, by what it is called; secret where it
        is one. Empty where the other end is made by the platform as well.
        """
        ...


@dataclass(frozen=True)
class OtherEnd:
    """What stands at the other end, made by its own site's provider; None where nothing does."""

    border: Border | None
    link: LinkEnd | None
    endpoint_service: EndpointService | None = None


def told(tunnels: Sequence[Tunnel]) -> Mapping[str, Input[str]]:
    """What only a cloud knows of its tunnels, for the owner of a device."""
    return {
        f"tunnel {number} {what}": value
        for number, tunnel in enumerate(tunnels, 1)
        for what, value in (("address", tunnel.address), ("pre-shared key", tunnel.key))
    }


def way_in(ingress: object) -> Mapping[str, Input[str]]:
    """Where names of the site have to lead; nothing where its gateway is somebody else's."""
    address = getattr(ingress, "address", None)
    return {} if address is None else {"way in": address}


@dataclass(frozen=True, kw_only=True)
class LinkArgs:
    context: Context
    site: Site
    way: Way
