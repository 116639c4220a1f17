"""Whether machines are likely to be had: reservations with room, and how likely spot is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from modelyard.blueprint.gpus import Capacity
from modelyard.contracts.preflight import Answer, MachineNeed, Verdict
from modelyard.sites.aws.preflight.asking import code_of
from modelyard.sites.aws.preflight.planned import machines as planned_machines
from modelyard.sites.aws.preflight.question import Question
from modelyard.sites.aws.preflight.zones import ids, zones_of

if TYPE_CHECKING:
    from modelyard.sites.aws.preflight.asking import Asking
    from modelyard.sites.aws.preflight.planned import AwsPreflightArgs

TOPIC = "capacity"
UNLIKELY = 3
"""Scores go from 1 to 10. One kind of machine alone never scores as well as several."""


def questions(asking: Asking, args: AwsPreflightArgs) -> Iterator[Question]:
    """One for each reservation, and for each kind of machine that may be spot."""
    gpus = args.site.gpus
    for reservation in gpus.reservations:
        asked = f"reservation {reservation}"
        yield Question(TOPIC, asked, partial(_reservation, asking, args, reservation))
    if Capacity.SPOT in (gpus.capacity, *gpus.fallback):
        for need in planned_machines(args):
            if need.most:
                yield Question(TOPIC, _spot(need), partial(_score, asking, args, need))


def _reservation(asking: Asking, args: AwsPreflightArgs, id: str) -> Iterator[Answer]:
    asked = f"reservation {id}"
    found = _look(asking, id)
    if found is None:
        command = f"aws ec2 describe-capacity-reservations --region {asking.region}"
        next = f"name one of `{command}`, or take it out of `gpus.reservations`"
        yield Answer(TOPIC, asked, Verdict.FAILED, "there is none", next=next)
        return
    free, machine = found["AvailableInstanceCount"], found["InstanceType"]
    wanted = sum(need.most for need in planned_machines(args) if need.machine == machine)
    told = (
        f"{free} of {found['TotalInstanceCount']} x {machine} free in {found['AvailabilityZone']}"
    )
    verdict, next = _room(found["State"], free, wanted, id, asking.region)
    yield Answer(TOPIC, asked, verdict, f"{found['State']}, {told}", f"{wanted} x {machine}", next)


def _look(asking: Asking, id: str) -> Mapping[str, Any] | None:
    try:
        listed = asking.call("ec2", "describe_capacity_reservations", CapacityReservationIds=[id])
    except ClientError as error:
        if not code_of(error).startswith("InvalidCapacityReservationId"):
            raise
        return None
    return next(iter(listed["CapacityReservations"]), None)


def _room(state: str, free: int, wanted: int, id: str, region: str) -> tuple[Verdict, str]:
    if state != "active":
        return Verdict.FAILED, "name an active one in `gpus.reservations`"
    if not wanted:
        return Verdict.WARNING, "no model uses this machine: take it out, or choose it for a model"
    if free < wanted:
        raise_it = f"--instance-count {wanted} --region {region}"
        command = "aws ec2 modify-capacity-reservation"
        return Verdict.WARNING, f"{command} --capacity-reservation-id {id} {raise_it}"
    return Verdict.OK, ""


def _spot(need: MachineNeed) -> str:
    return f"{need.most} x {need.machine} on spot"


def _score(asking: Asking, args: AwsPreflightArgs, need: MachineNeed) -> Iterator[Answer]:
    """How likely AWS finds it to get them all in one zone, at this moment."""
    listed = asking.call(
        "ec2",
        "get_spot_placement_scores",
        InstanceTypes=[need.machine],
        TargetCapacity=need.most,
        TargetCapacityUnitType="units",
        SingleAvailabilityZone=True,
        RegionNames=[asking.region],
    )
    by_id = {each["AvailabilityZoneId"]: each["Score"] for each in listed["SpotPlacementScores"]}
    zones, known = zones_of(asking, args), ids(asking)
    scores = {zone: by_id[known[zone]] for zone in zones if known.get(zone) in by_id}
    if not scores:
        found = "AWS gives no score for the zones of the platform"
        yield Answer(TOPIC, _spot(need), Verdict.WARNING, found, next=_NOT_LIKELY)
        return
    found = ", ".join(f"{score} of 10 in {zone}" for zone, score in sorted(scores.items()))
    likely = max(scores.values()) > UNLIKELY
    verdict = Verdict.OK if likely else Verdict.WARNING
    yield Answer(TOPIC, _spot(need), verdict, found, next="" if likely else _NOT_LIKELY)


_NOT_LIKELY = "allow `on-demand` in `gpus.capacity` or `gpus.fallback`, or another machine"
