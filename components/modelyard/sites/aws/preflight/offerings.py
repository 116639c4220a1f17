"""Whether the machines of a plan are sold in the zones that it uses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.aws.preflight.planned import machines as planned_machines
from modelyard.sites.aws.preflight.planned import node_groups
from modelyard.sites.aws.preflight.question import Question
from modelyard.sites.aws.preflight.zones import zones_of

if TYPE_CHECKING:
    from modelyard.sites.aws.preflight.asking import Asking
    from modelyard.sites.aws.preflight.planned import AwsPreflightArgs

TOPIC = "machine"


def questions(asking: Asking, args: AwsPreflightArgs) -> Iterator[Question]:
    """One for each kind of machine."""
    for machine in machines(args):
        yield Question(TOPIC, machine, partial(_answer, asking, args, machine))


def machines(args: AwsPreflightArgs) -> tuple[str, ...]:
    """Every kind of machine that the plan names: those of models, and those of groups of nodes."""
    groups = (machine for machine, _, _ in node_groups(args))
    return tuple(dict.fromkeys((*(need.machine for need in planned_machines(args)), *groups)))


def _answer(asking: Asking, args: AwsPreflightArgs, machine: str) -> Iterator[Answer]:
    zones = zones_of(asking, args)
    sold = _sold(asking, args).get(machine, [])
    here = [zone for zone in zones if zone in sold]
    needed = f"one of {', '.join(zones)}"
    if here:
        yield Answer(TOPIC, machine, Verdict.OK, f"offered in {', '.join(here)}", needed)
    elif sold:
        found = f"offered only in {', '.join(sold)}, where the platform has no zone"
        next = f"let `network.zones` or the attached subnets reach {sold[0]}, or {_OTHERWISE}"
        yield Answer(TOPIC, machine, Verdict.FAILED, found, needed, next)
    else:
        found = f"not offered in {asking.region}"
        yield Answer(TOPIC, machine, Verdict.FAILED, found, needed, _OTHERWISE)


_OTHERWISE = "choose another machine with `serve.gpu`, or another region"


def _sold(asking: Asking, args: AwsPreflightArgs) -> dict[str, list[str]]:
    """The zones in which each kind is sold."""
    chosen = [{"Name": "instance-type", "Values": list(machines(args))}]
    offerings = asking.pages(
        "ec2",
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        LocationType="availability-zone",
        Filters=chosen,
    )
    sold: dict[str, list[str]] = {}
    for offering in sorted(offerings, key=lambda each: each["Location"]):
        sold.setdefault(offering["InstanceType"], []).append(offering["Location"])
    return sold
