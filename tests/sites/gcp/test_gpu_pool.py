"""GPU pools on Google Cloud: nodes that models' pods find, of the right kind, paid as asked for."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.support.facilities import Facilities
from tests.support.gcp_ground import CLUSTER, ground, of

from modelyard.catalog.machines import machines
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.recorder.values import plain
from modelyard.sites.gcp.gpu_nodes import CLASS

RESERVED = "gpus: {capacity: reserved, reservations: [ours], fallback: [on-demand]}"


def ask(platform: Facilities) -> dict[str, Any]:
    pool, [model] = platform.part(C.GPU_POOL), platform.plan.models
    return {"model": model, "one": pool.schedule(model), "two": [pool.training(2) for _ in "ab"]}


@cache
def stands(text: str = "") -> tuple[Graph, dict[str, Any]]:
    return ground(*CLUSTER, C.GPU_POOL, text=text, use=ask)


def pools(text: str = "") -> dict[str, Any]:
    """Pools with accelerators, by the name that Google knows."""
    found = of(stands(text)[0], "container/nodePool:NodePool").values()
    return {it["name"]: it for it in found if it["nodeConfig"].get("guestAccelerators")}


def classes(text: str = "") -> dict[str, Any]:
    found = (plain(dict(r.inputs)) for r in stands(text)[0] if r.inputs.get("kind"))
    return {it["metadata"]["name"]: it["spec"] for it in found if it["kind"] == "ComputeClass"}


def on(text: str, asked: str) -> str:
    """The class that a pod is sent to."""
    found = stands(text)[1][asked]
    return (found if asked == "one" else found[0]).node_selector[CLASS]


def test_a_replica_finds_the_nodes_of_its_machine_and_may_stand_there() -> None:
    model, asked = stands()[1]["model"], stands()[1]["one"]
    config = pools()[f"{model.machine}-on-demand"]["nodeConfig"]
    assert asked.node_selector.items() <= config["labels"].items()
    assert asked.resources == {"nvidia.com/gpu": str(model.count)}
    tolerated = {toleration["key"] for toleration in asked.tolerations}
    assert {taint["key"] for taint in config["taints"]} <= tolerated
    assert config["machineType"] == model.machine


@pytest.mark.parametrize("text", ["", "gpus: {capacity: spot, fallback: [on-demand]}", RESERVED])
def test_a_class_tries_its_pools_in_the_order_of_the_blueprint(text: str) -> None:
    asked = [way for way in ("reserved", "spot", "on-demand") if way in (text or "on-demand")]
    rules = classes(text)[on(text, "one")]["priorities"]
    assert [rule["nodepools"][0].partition("4-")[2] for rule in rules] == asked
    assert {pool for rule in rules for pool in rule["nodepools"]} <= set(pools(text))


def test_pools_begin_with_nothing_and_take_no_zone_without_such_gpus() -> None:
    for pool in pools().values():
        assert pool["autoscaling"]["totalMinNodeCount"] == 0
        assert pool["nodeLocations"] == ["europe-west1-b", "europe-west1-c"]


def test_reserved_machines_are_those_of_the_reservation() -> None:
    pool = pools(RESERVED)["g2-standard-4-reserved"]
    assert pool["nodeConfig"]["reservationAffinity"]["values"] == ["ours"]
    other = pools(RESERVED)["g2-standard-4-on-demand"]["nodeConfig"]["reservationAffinity"]
    assert other == {"consumeReservationType": "NO_RESERVATION"}


def test_training_goes_to_machines_of_the_plan_or_to_further_ones() -> None:
    first, again = stands()[1]["two"]
    assert first == again
    machine = first.node_selector[CLASS]
    assert next(m.count for m in machines("gcp") if m.machine == machine) >= 2
    assert first.resources == {"nvidia.com/gpu": "2"}


@pytest.mark.parametrize("capacity", ["on-demand", "spot"])
def test_training_that_waits_has_nodes_of_its_own(capacity: str) -> None:
    text = f"gpus: {{capacity: {capacity}, queued: true}}"
    name = on(text, "two")
    assert name.endswith("-training")
    assert name != on(text, "one")
    pool = pools(text)[f"{name}-queued"]
    assert pool["nodeConfig"]["flexStart"] is True
    assert pool["nodeConfig"]["maxRunDuration"] == "604800s"
    assert pool["nodeConfig"]["reservationAffinity"] == {"consumeReservationType": "NO_RESERVATION"}
    assert "spot" not in pool["nodeConfig"]
    assert pool["management"] == {"autoRepair": False, "autoUpgrade": True}
    assert pool["upgradeSettings"] == {"strategy": "SHORT_LIVED"}
    assert pool["autoscaling"]["totalMinNodeCount"] == 0


def test_autopilot_is_told_the_machine_and_how_it_is_paid_for() -> None:
    text = "cluster: {mode: auto}, gpus: {fallback: [spot], queued: true}"
    assert pools(text) == {}
    first, second = classes(text)[on(text, "one")]["priorities"]
    assert (first["spot"], second["spot"]) == (False, True)
    assert first["gpu"]["count"] == 1
    [waiting] = classes(text)[on(text, "two")]["priorities"]
    assert waiting["flexStart"] == {"enabled": True}
    assert "spot" not in waiting


@pytest.mark.parametrize(
    ("sharing", "key"),
    [("{time_slicing: 2}", "gpuSharingConfig"), ("{mig: 3g.40gb}", "gpuPartitionSize")],
)
def test_models_share_gpus_and_training_has_whole_ones(sharing: str, key: str) -> None:
    text = f"gpus: {{sharing: {sharing}}}"
    [served] = [pool for name, pool in pools(text).items() if name.startswith(on(text, "one"))]
    [trained] = [pool for name, pool in pools(text).items() if name.startswith(on(text, "two"))]
    assert key in served["nodeConfig"]["guestAccelerators"][0]
    assert key not in trained["nodeConfig"]["guestAccelerators"][0]
    assert stands(text)[1]["one"].resources == {"nvidia.com/gpu": "1"}


def test_a_machine_has_a_pool_for_each_way_that_google_sells_it() -> None:
    text = "gpus: {fallback: [spot], sharing: {mig: 3g.40gb}}"
    for name in pools(text):
        machine = next(m for m in machines("gcp") if name.startswith(m.machine))
        assert machine.sold_in([name.rpartition("g-")[2].removeprefix("training-")])
