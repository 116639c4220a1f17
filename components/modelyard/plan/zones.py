"""The zones that AWS sites use, and those in which one of them can ask another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.catalog.aws_zones import aws_zones

if TYPE_CHECKING:
    from modelyard.blueprint.site import AwsSite


def zones(site: AwsSite) -> tuple[str, ...]:
    """The zones that a site uses, by id: those that it names, or the first of its region."""
    known = site.network.zone_ids or aws_zones().get(site.region, ())
    return known[: site.network.zones]


def places(near: AwsSite, far: AwsSite | None) -> tuple[int, ...]:
    """Which of a site's private subnets are in zones of the other one: an endpoint has to be.

    All of them where the zones of one end are not known, as those of an attached network.
    """
    attach, own = near.network.attach, zones(near)
    if attach is not None:
        return tuple(range(len(attach.private_subnets)))
    if far is None or far.network.attach is not None:
        return tuple(range(len(own)))
    there = zones(far)
    return tuple(number for number, zone in enumerate(own) if zone in there)
