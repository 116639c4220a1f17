"""What can be reached from outside its network: which way, from where, and who is let in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.review.exposure import balancers, clusters, networks, openings, services, stores
from modelyard.review.exposure.way import (
    Exposure,
)
from modelyard.review.view import View

if TYPE_CHECKING:
    pass


_PARTS = (balancers, openings, clusters, services, stores, networks)


def exposures(view: View) -> tuple[Exposure, ...]:
    """Every way in, in an order that never varies: what the internet reaches comes first."""
    found = [
        each
        for part in _PARTS
        for type, ways in part.WAYS.items()
        for it in view.of(type)
        for each in ways(view, it)
    ]
    found += [*_links(view), *openings.routes(view)]
    return tuple(sorted(dict.fromkeys(found), key=lambda each: (not each.public, each)))


_CHECKED = {
    "vpn": ("the VPN's keys",),
    "direct-connect": ("the line",),
    "interconnect": ("the line",),
    "private-service": ("the account, by the cloud",),
    "public-mtls": ("mutual TLS",),
}


def _links(view: View) -> Iterator[Exposure]:
    for link in view.plan.blueprint.links:
        yield Exposure(
            link.to,
            "link",
            f"{link.from_} to {link.to}",
            str(link.via),
            (f"site {link.from_}",),
            _CHECKED[str(link.via)],
            tuple(map(str, link.carries)),
        )
