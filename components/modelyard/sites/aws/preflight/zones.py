"""The zones that a platform uses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.aws.preflight.planned import zones_planned
from modelyard.sites.aws.preflight.question import Question

if TYPE_CHECKING:
    from modelyard.sites.aws.preflight.asking import Asking
    from modelyard.sites.aws.preflight.planned import AwsPreflightArgs


TOPIC = "zone"


def questions(asking: Asking, args: AwsPreflightArgs) -> Iterator[Question]:
    """Whether this account has the zones that the plan names; not every account has all."""
    if wanted := zones_planned(args):
        yield Question(TOPIC, ", ".join(wanted), partial(_answer, asking, wanted))


def _answer(asking: Asking, wanted: tuple[str, ...]) -> Iterator[Answer]:
    asked, there = ", ".join(wanted), sorted(ids(asking).values())
    if missing := [zone for zone in wanted if zone not in there]:
        found = f"this account has no {' and no '.join(missing)}"
        next = f"choose from {', '.join(there)} in `network.zone_ids`"
        yield Answer(TOPIC, asked, Verdict.FAILED, found, next=next)
    else:
        yield Answer(TOPIC, asked, Verdict.OK, f"open to this account: {', '.join(there)}")


def zones_of(asking: Asking, args: AwsPreflightArgs) -> tuple[str, ...]:
    """By name: those of an attached network, those planned, or the region's first ones."""
    network = args.site.network
    if network.attach:
        chosen = list(network.attach.private_subnets)
        subnets = asking.pages("ec2", "describe_subnets", "Subnets", SubnetIds=chosen)
        return tuple(sorted({subnet["AvailabilityZone"] for subnet in subnets}))
    wanted, names = zones_planned(args), ids(asking)
    return tuple(sorted(name for name, id in names.items() if id in wanted)) or tuple(
        sorted(names)[: network.zones]
    )


def ids(asking: Asking) -> dict[str, str]:
    """Every zone of the region that may be used: its name, and the id that all accounts share."""
    usable = [
        {"Name": "state", "Values": ["available"]},
        {"Name": "zone-type", "Values": ["availability-zone"]},
    ]
    found = asking.call("ec2", "describe_availability_zones", Filters=usable)["AvailabilityZones"]
    return {zone["ZoneName"]: zone["ZoneId"] for zone in found}
