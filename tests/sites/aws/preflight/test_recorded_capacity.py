"""Reservations and spot, against answers in the shape of the EC2 API: moto has neither call."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sites.aws.preflight.ground import G6E, args, asking, recorded, told

from modelyard.contracts.preflight import Answer
from modelyard.sites.aws.preflight import capacity

ZONES = {
    "AvailabilityZones": [
        {"ZoneName": f"eu-west-1{letter}", "ZoneId": f"euw1-az{number}"}
        for letter, number in zip("abc", (2, 3, 1), strict=True)
    ]
}
RESERVATION = {
    "CapacityReservationId": "cr-1",
    "InstanceType": "g6e.12xlarge",
    "AvailabilityZone": "eu-west-1a",
    "TotalInstanceCount": 4,
    "AvailableInstanceCount": 2,
    "State": "active",
}
RESERVED = {"gpus": {"capacity": "reserved", "reservations": ["cr-1"]}}
SPOT = {"gpus": {"capacity": "spot"}}


def ask(site: dict[str, Any], **answers: Any) -> Answer:
    asks = asking()
    with recorded(asks, "ec2", **answers):
        (answer,) = told(capacity.questions(asks, args(machines=[G6E], **site)))
    return answer


@pytest.mark.parametrize(
    ("more", "verdict", "next"),
    [
        ({}, "ok", ""),
        ({"AvailableInstanceCount": 1}, "warning", "aws ec2 modify-capacity-reservation"),
        ({"InstanceType": "p5.48xlarge"}, "warning", "no model uses this machine"),
        ({"State": "expired"}, "failed", "name an active one"),
    ],
    ids=["room", "too little room", "another machine", "over"],
)
def test_recorded_a_reservation(more: dict[str, Any], verdict: str, next: str) -> None:
    found = {"CapacityReservations": [{**RESERVATION, **more}]}
    answer = ask(RESERVED, describe_capacity_reservations=found)
    assert answer.verdict == verdict
    assert answer.next.startswith(next)
    assert "free in eu-west-1a" in answer.found


def test_recorded_a_reservation_that_is_not_there() -> None:
    answer = ask(RESERVED, describe_capacity_reservations="InvalidCapacityReservationId.NotFound")
    assert answer.verdict == "failed"
    assert "aws ec2 describe-capacity-reservations --region eu-west-1" in answer.next


def scores(*told: tuple[str, int]) -> dict[str, Any]:
    listed = [{"Region": "eu-west-1", "AvailabilityZoneId": id, "Score": n} for id, n in told]
    return {"SpotPlacementScores": listed}


@pytest.mark.parametrize(
    ("told", "verdict", "found"),
    [
        ((("euw1-az1", 2), ("euw1-az3", 7)), "ok", "7 of 10 in eu-west-1b, 2 of 10 in eu-west-1c"),
        ((("euw1-az2", 3),), "warning", "3 of 10 in eu-west-1a"),
        ((), "warning", "AWS gives no score for the zones of the platform"),
    ],
    ids=["likely", "unlikely", "silent"],
)
def test_recorded_how_likely_spot_is(told: Any, verdict: str, found: str) -> None:
    answer = ask(SPOT, get_spot_placement_scores=scores(*told), describe_availability_zones=ZONES)
    assert answer.asked == "2 x g6e.12xlarge on spot"
    assert (str(answer.verdict), answer.found) == (verdict, found)


def test_recorded_nothing_is_asked_where_nothing_is_reserved_or_spot() -> None:
    assert list(capacity.questions(asking(), args(machines=[G6E]))) == []
