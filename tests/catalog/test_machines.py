"""Machines resolve to accelerators, prices are dated, and what has no price says so."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from modelyard.catalog.accelerators import Accelerator, accelerators, find
from modelyard.catalog.machines import Machine, machines

ACCELERATORS = tuple(accelerators().values())
MACHINES = machines("aws") + machines("gcp")
EACH_ACCELERATOR = pytest.mark.parametrize("row", ACCELERATORS, ids=lambda row: row.accelerator)
EACH_MACHINE = pytest.mark.parametrize("row", MACHINES, ids=lambda row: row.machine)


def _named(name: str) -> Machine:
    return next(machine for machine in MACHINES if machine.machine == name)


def test_the_tables_are_whole() -> None:
    assert len(machines("aws")) == 83
    assert len(machines("gcp")) == 28
    assert machines("onprem") == ()
    assert Counter(machine.machine for machine in MACHINES).most_common(1)[0][1] == 1
    assert len(ACCELERATORS) >= 30


def test_what_has_no_price_is_none_and_known_by_name() -> None:
    unpriced = {machine.machine for machine in MACHINES if machine.usd_per_hour is None}
    assert unpriced == {"dl2q.24xlarge", "p5e.48xlarge", "trn2.48xlarge", "a4-highgpu-8g"}


@EACH_MACHINE
def test_a_machine_is_coherent(row: Machine) -> None:
    assert row.accelerator in accelerators()
    assert row.vcpu > 0
    assert row.memory_gib > 0
    assert row.nvme_gb >= 0
    assert row.efa >= 0
    assert row.usd_per_hour is None or 0 < row.usd_per_hour < 500
    assert row.source
    assert row.region
    assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", row.as_of)


def test_what_is_not_sold_on_demand_is_known() -> None:
    """Source: Compute Engine guides, and the Cluster Director guide."""
    limited = {row.machine: set(row.sold_as) for row in MACHINES if row.sold_as}
    few = {f"a3-highgpu-{n}g": {"spot"} for n in (1, 2, 4)}
    most = {"a3-ultragpu-8g": {"reserved", "spot"}, "a4-highgpu-8g": {"reserved", "spot"}}
    assert limited == {**few, **most}
    assert _named("a3-highgpu-1g").sold_in(["on-demand", "spot"])
    assert not _named("a3-highgpu-1g").sold_in(["on-demand"])
    assert _named("g6.xlarge").sold_in(["reserved"])


def test_a_fraction_of_a_gpu_is_left_out_of_sizing() -> None:
    fractions = {machine.machine for machine in MACHINES if not machine.sizable}
    assert fractions == {"g6f.large", "g6f.xlarge", "g6f.2xlarge", "g6f.4xlarge", "gr6f.4xlarge"}
    assert _named("g6f.large").accelerator_memory_gib == 0


@pytest.mark.parametrize(
    ("name", "accelerator", "count", "usd_per_hour"),
    [
        ("g5.xlarge", "a10g", 1, 1.006),
        ("g6.12xlarge", "l4", 4, 4.6016),
        ("g6e.48xlarge", "l40s", 8, 30.13118),
        ("g7e.2xlarge", "rtx-pro-6000", 1, 3.36312),
        ("p4d.24xlarge", "a100-40", 8, 21.957642),
        ("p4de.24xlarge", "a100-80", 8, 27.44705),
        ("p5.48xlarge", "h100", 8, 55.04),
        ("p6-b300.48xlarge", "b300", 8, 142.416),
        ("inf2.xlarge", "inferentia2", 1, 0.7582),
        ("trn1.32xlarge", "trainium1", 16, 21.5),
        ("g2-standard-4", "l4", 1, 0.706832),
        ("g2-standard-24", "l4", 2, 2.000833),
        ("a2-highgpu-1g", "a100-40", 1, 3.673385),
        ("a2-ultragpu-1g", "a100-80", 1, 5.068798),
        ("a3-highgpu-8g", "h100", 8, 88.49),
        ("a3-ultragpu-8g", "h200", 8, 84.806908),
        ("g4-standard-48", "rtx-pro-6000", 1, 4.49993),
    ],
)
def test_known_prices(name: str, accelerator: str, count: int, usd_per_hour: float) -> None:
    machine = _named(name)
    assert (machine.accelerator, machine.count) == (accelerator, count)
    assert machine.usd_per_hour == pytest.approx(usd_per_hour)


NAMED = re.compile(r"a[0-9]-[a-z]+-(\d+)g")
CORES = re.compile(r"(g[24])-standard-(\d+)")


@pytest.mark.parametrize("row", machines("gcp"), ids=lambda row: row.machine)
def test_a_machine_of_google_s_is_what_its_name_says(row: Machine) -> None:
    if named := NAMED.fullmatch(row.machine):
        assert row.count == int(named[1])
        return
    cores = CORES.fullmatch(row.machine)
    assert cores
    assert row.vcpu == int(cores[2])
    assert (cores[1], row.accelerator) in {("g2", "l4"), ("g4", "rtx-pro-6000")}


@pytest.mark.parametrize("family", ["a2-highgpu", "a2-ultragpu", "a3-highgpu"])
def test_twice_the_gpus_are_twice_the_machine(family: str) -> None:
    one, *others = (m for m in machines("gcp") if m.machine.startswith(f"{family}-"))
    assert others
    for more in others:
        assert (more.vcpu, more.memory_gib) == (one.vcpu * more.count, one.memory_gib * more.count)
        assert more.usd_per_hour == pytest.approx((one.usd_per_hour or 0) * more.count)


def test_gke_s_name_is_the_machine_s_where_it_has_one_of_its_own() -> None:
    own = {row.machine: row.gke_type for row in MACHINES if row.own_gke_type}
    assert own == {"a3-megagpu-8g": "nvidia-h100-mega-80gb"}
    assert _named("a3-highgpu-8g").gke_type == "nvidia-h100-80gb"
    assert all(find(row.gke_type) is row.accelerator_facts for row in machines("gcp"))


def test_memory_adds_up_over_the_accelerators() -> None:
    eight = _named("p5.48xlarge")
    assert eight.accelerator_memory_gib == pytest.approx(8 * 79.65, abs=0.1)
    assert eight.accelerator_facts.fp8


@EACH_ACCELERATOR
def test_an_accelerator_is_coherent(row: Accelerator) -> None:
    assert 1 < row.memory_gib < 512
    assert re.fullmatch(r"[a-z.]+\.[a-z]+/[a-z]+", row.resource)
    assert row.source
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", row.as_of)
    assert " " not in row.product_label + row.gke_type
    if row.vendor != "nvidia":
        assert not row.product_label
        assert not row.mig
        assert not row.gke_type


@EACH_ACCELERATOR
def test_mig_profiles_name_slices_that_fit(row: Accelerator) -> None:
    for profile in row.mig:
        slice_ = re.fullmatch(r"([1-7])g\.(\d+)gb", profile)
        assert slice_ is not None, profile
        assert int(slice_[2]) <= row.memory_gib * 1.05
    assert not row.mig or row.resource == "nvidia.com/gpu"


def test_fp8_follows_the_compute_capability() -> None:
    nvidia = [row for row in ACCELERATORS if row.vendor == "nvidia"]
    assert len(nvidia) >= 20
    assert {row.accelerator for row in nvidia if row.fp8} == {
        row.accelerator for row in nvidia if float(row.compute_capability) >= 8.9
    }


@EACH_ACCELERATOR
def test_find_knows_every_name_of_an_accelerator(row: Accelerator) -> None:
    for name in filter(None, (row.accelerator, *row.aliases, row.product_label, row.gke_type)):
        assert find(name.upper()) is row


def test_find_knows_no_other_name() -> None:
    assert find("a100") is None  # 40 or 80 GB: the blueprint has to say which
    assert find("") is None
    assert find("h1000") is None
