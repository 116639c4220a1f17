"""Machines that are there, and those that a cloud sells; GPUs that are shared."""

from __future__ import annotations

from typing import Any

import pytest

from modelyard.blueprint.google import GcpGpus
from modelyard.blueprint.gpus import CloudGpus, ClusterGpus
from modelyard.catalog.accelerators import accelerators
from modelyard.catalog.machines import machines as catalog
from modelyard.plan.capacity import Capacity
from modelyard.plan.machine import IMAGES, Machine, declared, slices, sold

GIB_OF_10_GB = 10e9 / 2**30


def node(accelerator: str, sharing: dict[str, Any] | None = None, **more: Any) -> Machine:
    """One kind of declared nodes."""
    nodes = [{"name": "n", "accelerator": accelerator, **more}]
    [found] = declared(ClusterGpus.model_validate({"nodes": nodes, "sharing": sharing}))
    return found


def test_declared_nodes_are_machines_with_a_capacity() -> None:
    found = node("l40s", per_node=4, count=3, usd_per_hour=7.2)
    assert (found.name, found.accelerator, found.count) == ("n", "l40s", 4)
    assert found.memory_gib == accelerators()["l40s"].memory_gib
    assert found.usd_per_hour == 7.2
    assert found.available == Capacity({4: 3})
    assert found.most == 4


def test_an_alias_is_the_accelerator_it_means() -> None:
    assert node("h100-80").accelerator == "h100"


def test_the_blueprint_may_correct_the_memory() -> None:
    assert node("l4", memory="22Gi").memory_gib == 22


def test_time_slicing_divides_memory_among_those_that_share() -> None:
    found = node("l40s", {"time_slicing": 4}, per_node=2, count=3)
    assert found.count == 8
    assert found.memory_gib == pytest.approx(accelerators()["l40s"].memory_gib / 4)
    assert found.available == Capacity({8: 3})


# Instances and memory by profile, from "Supported MIG profiles" of NVIDIA's MIG user guide.
PROFILES = [
    ("a30", "1g.6gb", 4, 6),
    ("a30", "2g.12gb", 2, 12),
    ("a30", "4g.24gb", 1, 24),
    ("a100-40", "1g.5gb", 7, 5),
    ("a100-40", "1g.10gb", 4, 10),
    ("a100-40", "2g.10gb", 3, 10),
    ("a100-40", "3g.20gb", 2, 20),
    ("a100-80", "1g.10gb", 7, 10),
    ("a100-80", "1g.20gb", 4, 20),
    ("a100-80", "2g.20gb", 3, 20),
    ("a100-80", "3g.40gb", 2, 40),
    ("a100-80", "4g.40gb", 1, 40),
    ("a100-80", "7g.80gb", 1, 80),
    ("h100", "1g.10gb", 7, 10),
    ("h100", "1g.10gb+me", 1, 10),
    ("h100", "3g.40gb", 2, 40),
    ("h100-nvl", "1g.24gb", 4, 24),
    ("h200", "1g.18gb", 7, 18),
    ("h200", "3g.71gb", 2, 71),
    ("b200", "1g.45gb", 4, 45),
    ("b200", "3g.90gb", 2, 90),
    ("gb200", "3g.95gb", 2, 95),
    ("rtx-pro-6000", "1g.24gb", 4, 24),
    ("rtx-pro-6000", "2g.48gb", 2, 48),
]


@pytest.mark.parametrize(("accelerator", "profile", "parts", "gigabytes"), PROFILES)
def test_slices_are_as_many_and_as_large_as_their_profile_says(
    accelerator: str, profile: str, parts: int, gigabytes: int
) -> None:
    found = node(accelerator, {"mig": profile}, per_node=2, count=3)
    assert found.count == 2 * parts
    assert found.available == Capacity({2 * parts: 3})
    assert found.memory_gib == pytest.approx(gigabytes * 1e9 / 2**30, rel=0.04)
    assert found.memory_gib <= gigabytes * 1e9 / 2**30


@pytest.mark.parametrize("accelerator", [a for a in accelerators().values() if a.mig])
def test_slices_never_hold_more_than_the_gpu(accelerator: Any) -> None:
    for profile in accelerator.mig:
        found = node(accelerator.accelerator, {"mig": profile})
        assert found.count * found.memory_gib <= accelerator.memory_gib


def test_slices_of_a_gpu_do_not_work_together() -> None:
    """NCCL takes one rank a GPU: tensor parallelism over slices of it does not start."""
    assert node("h100", {"mig": "3g.40gb"}, per_node=4).most == 1
    assert node("l40s", {"time_slicing": 4}, per_node=4).most == 1
    assert node("l40s", per_node=4).most == 4


def test_a_whole_gpu_is_one_slice() -> None:
    assert slices(None, accelerators()["h100"]) == 1


@pytest.mark.parametrize("provider", ["aws", "gcp"])
def test_a_cloud_sells_what_has_a_price_and_whole_accelerators(provider: str) -> None:
    found = {machine.name: machine for machine in sold(provider)}
    for row in catalog(provider):
        priced = row.count > 0 and row.usd_per_hour is not None
        assert (row.machine in found) == (priced and row.architecture == IMAGES)
    assert all(machine.available is None for machine in found.values())
    assert all(machine.room(8, 10**6) == 10**6 for machine in found.values())


def names(provider: str, **gpus: Any) -> set[str]:
    """What a site that asks for GPUs like this may have."""
    return {machine.name for machine in sold(provider, GcpGpus.model_validate(gpus))}


@pytest.mark.parametrize("provider", ["aws", "gcp"])
def test_a_site_is_offered_what_it_can_get(provider: str) -> None:
    limited = {row.machine: row.sold_as for row in catalog(provider) if row.sold_as}
    for way in ("on-demand", "spot"):
        without = {machine for machine, ways in limited.items() if way not in ways}
        everything = {machine.name for machine in sold(provider)}
        assert names(provider, capacity=way) == everything - without


def test_a_few_h100s_are_there_for_those_who_take_spot() -> None:
    few = {f"a3-highgpu-{n}g" for n in (1, 2, 4)}
    assert not few & names("gcp")
    assert few < names("gcp", capacity="spot")
    assert few < names("gcp", fallback=["spot"])
    assert "a3-highgpu-8g" in names("gcp")


def test_what_is_shared_is_offered_in_parts() -> None:
    shared = GcpGpus.model_validate({"sharing": {"time_slicing": 2}})
    assert CloudGpus().shared is None
    whole = {machine.name: machine for machine in sold("gcp", CloudGpus())}
    for machine in sold("gcp", shared):
        assert machine.count == 2 * whole[machine.name].count
        assert machine.memory_gib == whole[machine.name].memory_gib / 2
        assert machine.most == 1


def test_only_gpus_that_have_the_slices_are_offered() -> None:
    found = list(sold("gcp", GcpGpus.model_validate({"sharing": {"mig": "3g.40gb"}})))
    assert {machine.accelerator for machine in found} == {"a100-80", "h100"}
    assert {machine.count for machine in found if machine.name == "a2-ultragpu-1g"} == {2}


def test_a_fraction_of_a_gpu_is_not_sold() -> None:
    assert not [machine for machine in sold("aws") if machine.name.startswith("g6f")]
