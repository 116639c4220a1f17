"""The zones that a platform uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.sites.aws.preflight.planned import zones_planned

if TYPE_CHECKING:
    from modelyard.sites.aws.preflight.asking import Asking
    from modelyard.sites.aws.preflight.planned import AwsPreflightArgs


def zones_of(asking: Asking, args: AwsPreflightArgs) -> tuple[str, ...]:
    """By name: those of an attached network, those planned, or the region's first ones."""
    network = args.site.network
    if network.attach:
        chosen = list(network.attach.private_subnets)
        subnets = asking.pages("ec2", "describe_subnets", "Subnets", SubnetIds=chosen)
        return tuple(sorted({subnet["AvailabilityZone"] for subnet in subnets}))
    return zones_planned(args) or tuple(sorted(ids(asking)))[: network.zones]


def ids(asking: Asking) -> dict[str, str]:
    """Every zone of the region that may be used: its name, and the id that all accounts share."""
    usable = [
        {"Name": "state", "Values": ["available"]},
        {"Name": "zone-type", "Values": ["availability-zone"]},
    ]
    found = asking.call("ec2", "describe_availability_zones", Filters=usable)["AvailabilityZones"]
    return {zone["ZoneName"]: zone["ZoneId"] for zone in found}
