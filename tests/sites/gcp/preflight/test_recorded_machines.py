"""Zones, machines and reservations, against answers in the shapes of Compute Engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.sites.gcp.google import PROJECT, REGION, Answer, Google, Json
from tests.sites.gcp.preflight.ground import L4, ZONES, args, ask, offered, planned, region, told

from modelyard.contracts.preflight import Answer as Told
from modelyard.contracts.preflight import Verdict
from modelyard.sites.gcp.preflight import capacity, offerings, zones

MACHINES = "compute.machineTypes.aggregatedList"
RESERVATIONS = "compute.reservations.aggregatedList"


def machine(*places: str, **site: Any) -> Told:
    """What is said of a machine that is offered in these zones."""
    (answer,) = ask(
        offerings, args(machines=[L4], **site), {MACHINES: offered("g2-standard-4", 4, *places)}
    )
    return answer


def test_recorded_a_machine_is_told_with_the_zones_that_have_it() -> None:
    answer = machine(*ZONES, "us-central1-a")
    assert answer.verdict is Verdict.OK
    assert answer.found == f"offered in {', '.join(ZONES)}"


def test_recorded_fewer_zones_than_the_site_uses_are_a_warning() -> None:
    answer = machine(*ZONES[:2])
    assert answer.verdict is Verdict.WARNING
    assert answer.found == f"offered in {ZONES[0]}, {ZONES[1]}, and not in {ZONES[2]}"


def test_recorded_a_machine_that_the_region_has_not_fails_with_those_that_have_it() -> None:
    answer = machine("us-east4-a", "us-central1-a", "us-central1-b")
    assert answer.verdict is Verdict.FAILED
    assert answer.found == f"not offered in {REGION}"
    assert answer.next.endswith("another region: us-central1, us-east4")


def test_recorded_a_machine_only_where_the_platform_is_not_fails_and_says_where() -> None:
    answer = machine(ZONES[2], network={"zone_ids": list(ZONES[:2]), "zones": 2})
    assert answer.verdict is Verdict.FAILED
    assert answer.found == f"offered only in {ZONES[2]}, where the platform has no zone"


def test_recorded_machines_of_pools_are_asked_for_too() -> None:
    pool = planned("container/nodePool:NodePool", nodeConfig={"machineType": "e2-standard-4"})
    answers: Mapping[str, Answer] = {MACHINES: offered("e2-standard-4", 4, *ZONES)}
    (answer,) = ask(offerings, args(pool), answers)
    assert (answer.asked, answer.verdict) == ("e2-standard-4", Verdict.OK)


def test_machines_that_vertex_ai_hosts_are_no_nodes() -> None:
    assert ask(offerings, args(machines=[replace(L4, hosted="realtime")]), {}) == []


def test_recorded_lists_are_read_over_all_pages() -> None:
    pages = {
        None: {**offered("g2-standard-4", 4, ZONES[0]), "nextPageToken": "more"},
        "more": offered("g2-standard-4", 4, *ZONES[1:]),
    }
    google = Google({MACHINES: lambda params: pages[params.get("pageToken")]})
    assert sorted(offerings.offered(google.asking(), "g2-standard-4")) == sorted(ZONES)


def test_recorded_the_zones_of_a_cluster_are_those_that_it_names() -> None:
    cluster = planned("container/cluster:Cluster", nodeLocations=[ZONES[1], "europe-west4-x"])
    (answer,) = ask(zones, args(cluster), {"compute.regions.get": region()})
    assert answer.verdict is Verdict.FAILED
    assert answer.found == f"{REGION} has no europe-west4-x"
    assert ZONES[0] in answer.next
    (answer,) = ask(zones, args(), {"compute.regions.get": region()})
    assert answer.verdict is Verdict.OK


def reservation(count: int, in_use: int, **more: Any) -> Json:
    """As `reservations.aggregatedList` answers."""
    specific = {
        "count": str(count),
        "inUseCount": str(in_use),
        "instanceProperties": {"machineType": "g2-standard-4"},
    }
    one = {"name": "held", "status": "READY", "specificReservation": specific, **more}
    return {"items": {f"zones/{ZONES[0]}": {"reservations": [one]}}}


def reserved(answer: Json, called: str = "held", machines: Any = (L4,)) -> list[Told]:
    gpus = {"capacity": "reserved", "reservations": [called]}
    return ask(capacity, args(machines=machines, gpus=gpus), {RESERVATIONS: answer})


def test_recorded_a_reservation_with_room() -> None:
    (answer,) = reserved(reservation(4, 1))
    assert answer.verdict is Verdict.OK
    assert answer.found == f"READY, 3 of 4 x g2-standard-4 free in {ZONES[0]}"


def test_recorded_a_reservation_without_room_names_the_command() -> None:
    (answer,) = reserved(reservation(4, 3))
    assert answer.verdict is Verdict.WARNING
    assert answer.next == (
        f"gcloud compute reservations update held --project={PROJECT}"
        f" --zone={ZONES[0]} --vm-count=5"
    )


def test_recorded_a_reservation_that_no_model_uses() -> None:
    (answer,) = reserved(reservation(4, 0), machines=())
    assert answer.verdict is Verdict.WARNING
    assert "no model uses this machine" in answer.next


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"items": {}}, f"there is none in {REGION}"),
        ({"items": {"zones/us-east1-b": reservation(4, 0)["items"][f"zones/{ZONES[0]}"]}}, "none"),
        (reservation(4, 0, status="CREATING"), "CREATING"),
    ],
    ids=["none", "elsewhere", "not ready"],
)
def test_recorded_a_reservation_that_is_not_there_fails(answer: Json, found: str) -> None:
    (failed,) = reserved(answer)
    assert failed.verdict is Verdict.FAILED
    assert found in failed.found


def test_recorded_a_reservation_of_another_project_is_asked_of_that_one() -> None:
    google = Google({RESERVATIONS: reservation(4, 0)})
    gpus = {"capacity": "reserved", "reservations": ["projects/shared/reservations/held"]}
    told(capacity.questions(google.asking(), args(machines=[L4], gpus=gpus)))
    assert google.asked == [(RESERVATIONS, {"project": "shared", "filter": "name = held"})]
