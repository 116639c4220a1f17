"""What links ask for: an end on each site, and where others come in, by certificate or service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.site import CloudSite
from modelyard.plan.capability import Capability as C
from modelyard.plan.demand import Demand
from modelyard.plan.links import end_engine
from modelyard.plan.offered import offered, published

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.checks.finding import Path

_OFFER_ELSEWHERE = "choose `via: vpn`, or have what is asked for stand at the other end"


def link_demands(blueprint: Blueprint) -> Iterator[Demand]:
    """A link has two ends, each on its own site and made with what that has."""
    for i, link in enumerate(blueprint.links):
        because = f"{link.from_} and {link.to} are joined for {', '.join(link.carries)}"
        for near, far in ((link.from_, link.to), (link.to, link.from_)):
            at: Path = ("links", i, "via")
            yield Demand(C.LINK, end_engine(blueprint, link, far), near, at, because, to=far)
            if offered(blueprint, link, near):
                yield Demand(C.EAST_WEST, "", near, at, because, next=_OFFER_ELSEWHERE)
            if published(blueprint, link, near) and isinstance(blueprint.sites[near], CloudSite):
                yield Demand(C.ENDPOINT_SERVICE, "", near, at, because)
