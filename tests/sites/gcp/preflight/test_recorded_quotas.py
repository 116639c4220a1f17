"""Quotas, against answers in the shapes of Compute Engine and of Service Usage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.sites.gcp.google import (
    PROJECT,
    REGION,
    Answer,
    Google,
    Json,
    denied,
    missing,
    switched_off,
)
from tests.sites.gcp.preflight.ground import (
    H100,
    L4,
    METRICS,
    ZONES,
    args,
    bucketed,
    instances,
    offered,
    planned,
    project,
    quota,
    region,
    running,
    told,
)

from modelyard.catalog.gcp_quotas import gcp_quotas, quota_of
from modelyard.catalog.machines import machines
from modelyard.contracts.inventory import Expected
from modelyard.contracts.preflight import Answer as Told
from modelyard.contracts.preflight import MachineNeed, Verdict
from modelyard.sites.gcp.preflight import hosting
from modelyard.sites.gcp.preflight import quotas as topic

ALL = project(quota("GPUS_ALL_REGIONS", 100))
CLUSTER = planned("container/cluster:Cluster", name="fraud-prod", nodeLocations=list(ZONES))
SPOT = {"gpus": {"fallback": ["spot"]}}
FAMILY = "compute.googleapis.com/gpus_per_gpu_family"


def ask(
    answers: Mapping[str, Answer],
    machines: Sequence[MachineNeed] = (L4,),
    expected: Sequence[Expected] = (CLUSTER,),
    **site: Any,
) -> dict[str, Told]:
    """Ask about these machines, by what was asked. Nothing runs, if nothing else is said."""
    given = {
        "compute.projects.get": ALL,
        "compute.instances.aggregatedList": instances(ZONES[0]),
        **answers,
    }
    asking = Google(given).asking()
    found = told(topic.questions(asking, args(*expected, machines=machines, **site)))
    return {answer.asked: answer for answer in found}


def l4(limit: float, usage: float = 0, *running: Json, **site: Any) -> Told:
    """What is said of L4s on demand where a region has so many."""
    answers: Mapping[str, Answer] = {
        "compute.regions.get": region(quota("NVIDIA_L4_GPUS", limit, usage)),
        "compute.instances.aggregatedList": instances(ZONES[0], *running),
    }
    return ask(answers, **site)[f"NVIDIA_L4_GPUS ({REGION})"]


def test_recorded_room_for_all_replicas() -> None:
    answer = l4(2)
    assert answer.verdict is Verdict.OK
    assert answer.found == "2 GPUs allowed, 0 in use by others"
    assert answer.needed == "1 to 2 GPUs: 2 x g2-standard-4 for assistant"
    assert answer.next == ""


def test_recorded_too_few_for_the_most_is_a_warning_and_for_the_fewest_a_failure() -> None:
    assert l4(1).verdict is Verdict.WARNING
    exhausted = l4(0)
    assert exhausted.verdict is Verdict.FAILED
    assert exhausted.next == (
        "gcloud quotas preferences create --service=compute.googleapis.com"
        f" --project={PROJECT} --quota-id=NVIDIA-L4-GPUS-per-project-region"
        f" --preferred-value=2 --dimensions=region={REGION}"
    )


def test_recorded_what_others_use_is_taken_off_and_asked_for_on_top() -> None:
    answer = l4(4, 4)
    assert answer.verdict is Verdict.FAILED
    assert answer.found == "4 GPUs allowed, 4 in use by others"
    assert "--preferred-value=6" in answer.next


def test_recorded_what_the_platform_uses_itself_is_not_taken_off() -> None:
    own = {"goog-k8s-cluster-name": "fraud-prod"}
    answer = l4(2, 2, running("g2-standard-4", "nvidia-l4", 1, labels=own))
    assert answer.found == "2 GPUs allowed, 1 in use by others"
    assert answer.verdict is Verdict.WARNING


def test_recorded_spot_as_a_fallback_that_is_short_is_a_warning() -> None:
    quotas = [quota("NVIDIA_L4_GPUS", 9), quota("PREEMPTIBLE_NVIDIA_L4_GPUS", 0)]
    found = ask({"compute.regions.get": region(*quotas)}, **SPOT)
    spot = found[f"PREEMPTIBLE_NVIDIA_L4_GPUS ({REGION})"]
    assert spot.verdict is Verdict.WARNING
    assert spot.needed == "0 to 2 GPUs: 2 x g2-standard-4 for assistant, as a fallback"
    assert "PREEMPTIBLE-NVIDIA-L4-GPUS-per-project-region" in spot.next


def test_recorded_gpus_of_all_regions_are_counted_once_more() -> None:
    few = {"compute.projects.get": project(quota("GPUS_ALL_REGIONS", 0))}
    found = ask({"compute.regions.get": region(quota("NVIDIA_L4_GPUS", 9)), **few})
    answer = found["GPUS_ALL_REGIONS (all regions)"]
    assert answer.verdict is Verdict.FAILED
    assert answer.next.endswith("--quota-id=GPUS-ALL-REGIONS-per-project --preferred-value=2")


def test_recorded_reserved_machines_were_counted_when_they_were_reserved() -> None:
    gpus = {"capacity": "reserved", "reservations": ["held"]}
    assert ask({"compute.regions.get": region()}, gpus=gpus) == {}


def gpu_pool(machine: str, most: int, **config: Any) -> Expected:
    """A pool for training, of a machine and a way to get it."""
    scaling = {"totalMinNodeCount": 0, "totalMaxNodeCount": most}
    node = {"machineType": machine, "diskType": "hyperdisk-balanced", **config}
    return planned("container/nodePool:NodePool", autoscaling=scaling, nodeConfig=node)


def test_recorded_training_that_is_queued_for_takes_the_quota_of_spot() -> None:
    quotas = [quota("NVIDIA_L4_GPUS", 9), quota("PREEMPTIBLE_NVIDIA_L4_GPUS", 0)]
    pool = gpu_pool("g2-standard-4", 3, flexStart=True)
    answers = {"compute.regions.get": region(*quotas, quota("HDB_TOTAL_GB", 9999))}
    found = ask(answers, [L4], (CLUSTER, pool))
    assert found[f"NVIDIA_L4_GPUS ({REGION})"].needed.startswith("1 to 2 GPUs")
    queued = found[f"PREEMPTIBLE_NVIDIA_L4_GPUS ({REGION})"]
    assert (queued.verdict, queued.needed) == (
        Verdict.WARNING,
        "0 to 3 GPUs: 3 x g2-standard-4 for training",
    )
    assert found["GPUS_ALL_REGIONS (all regions)"].needed.startswith("1 to 5 GPUs")


def test_recorded_a_fallback_beside_training_is_not_needed_at_once() -> None:
    quotas = [quota("NVIDIA_L4_GPUS", 9), quota("PREEMPTIBLE_NVIDIA_L4_GPUS", 0)]
    pool = gpu_pool("g2-standard-8", 1, flexStart=True)
    answers = {"compute.regions.get": region(*quotas, quota("HDB_TOTAL_GB", 9999))}
    found = ask(answers, [L4], (CLUSTER, pool), **SPOT)
    spot = found[f"PREEMPTIBLE_NVIDIA_L4_GPUS ({REGION})"]
    assert spot.verdict is Verdict.WARNING
    assert spot.needed.startswith("0 to 3 GPUs: 2 x g2-standard-4 for assistant, 1 x g2-standard-8")


def test_recorded_training_on_what_is_reserved_was_counted() -> None:
    held = {"consumeReservationType": "SPECIFIC_RESERVATION"}
    pool = gpu_pool("g2-standard-4", 3, reservationAffinity=held)
    answers = {"compute.regions.get": region(quota("HDB_TOTAL_GB", 9999))}
    assert set(ask(answers, (), (CLUSTER, pool))) == {f"HDB_TOTAL_GB ({REGION})"}


def test_recorded_a_machine_that_is_sold_as_spot_alone_has_no_other_quota() -> None:
    sold = next(each for each in machines("gcp") if each.sold_as and "spot" in each.sold_as)
    need = replace(L4, machine=sold.machine)
    spot = quota_of(sold.machine, "spot")
    assert spot
    few = [quota(each.metric, 0) for each in gcp_quotas().values() if not each.dimension]
    answers: Mapping[str, Answer] = {"compute.regions.get": region(*_named(few))}
    metrics = {METRICS: {"metrics": [bucketed(spot.usage_metric, ({}, 0))]}}
    found = ask({**answers, **metrics}, [need], **SPOT)
    answer = found[f"{spot.name} ({REGION})"]
    assert (answer.verdict, answer.needed.endswith("fallback")) == (Verdict.FAILED, False)
    assert len([asked for asked in found if REGION in asked]) == 1


def _named(quotas: Sequence[Json]) -> list[Json]:
    """Those that Compute Engine's own API names."""
    return [each for each in quotas if each["metric"] not in LATER]


def newer(*buckets: tuple[Mapping[str, str], int], running: Sequence[Json] = ()) -> Told:
    """What is said of H100s, which a region does not list."""
    answers: Mapping[str, Answer] = {
        "compute.regions.get": region(),
        METRICS: {"metrics": [bucketed(FAMILY, *buckets)]},
        "compute.instances.aggregatedList": instances(ZONES[0], *running),
    }
    return ask(answers, [H100])[f"GPUS_PER_GPU_FAMILY NVIDIA_H100 ({REGION})"]


HERE = {"region": REGION, "gpu_family": "NVIDIA_H100"}


@pytest.mark.parametrize(
    ("buckets", "limit"),
    [
        ([({}, 0), (HERE, 16)], 16),
        ([({}, 8)], 8),
        ([({}, 0), ({"region": REGION}, 4), ({"region": "us-east1"}, 99)], 4),
        ([({}, 1), ({"region": REGION, "gpu_family": "NVIDIA_B200"}, 99)], 1),
    ],
    ids=["of the family here", "of all", "of the region", "of another family"],
)
def test_recorded_newer_accelerators_have_the_limit_that_is_closest(
    buckets: list[tuple[Mapping[str, str], int]], limit: int
) -> None:
    assert newer(*buckets).found == f"{limit} GPUs allowed, 0 in use by others"


def test_recorded_newer_accelerators_in_use_are_counted() -> None:
    h100 = running("a3-highgpu-8g", "nvidia-h100-80gb", 8)
    others = [
        h100,
        {**h100, "status": "TERMINATED"},
        {**h100, "scheduling": {"provisioningModel": "SPOT"}},
        {**h100, "labels": {"goog-k8s-cluster-name": "fraud-prod"}},
        running("g2-standard-4", "nvidia-l4", 1),
    ]
    answer = newer((HERE, 16), running=others)
    assert answer.found == "16 GPUs allowed, 8 in use by others"
    assert answer.verdict is Verdict.WARNING
    assert answer.next.endswith(
        "--quota-id=GPUS-PER-GPU-FAMILY-per-project-region --preferred-value=24"
        f" --dimensions=region={REGION},gpu_family=NVIDIA_H100"
    )


def test_recorded_no_limit_is_enough() -> None:
    answer = newer((HERE, -1))
    assert (answer.verdict, answer.found) == (Verdict.OK, "no limit, 0 in use by others")


def test_recorded_a_quota_that_the_project_does_not_list_is_unknown() -> None:
    answers: Mapping[str, Answer] = {"compute.regions.get": region(), METRICS: {"metrics": []}}
    answer = ask(answers, [H100])[f"GPUS_PER_GPU_FAMILY NVIDIA_H100 ({REGION})"]
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.next == (
        "https://console.cloud.google.com/iam-admin/quotas"
        f"?metric=compute.googleapis.com%2Fgpus_per_gpu_family&project={PROJECT}"
    )


def test_recorded_a_family_that_nobody_confirmed_is_a_warning_that_says_so() -> None:
    need = replace(H100, machine="a3-megagpu-8g")
    answers: Mapping[str, Answer] = {
        "compute.regions.get": region(),
        METRICS: {"metrics": [bucketed(FAMILY, ({}, 0))]},
    }
    answer = ask(answers, [need])[f"GPUS_PER_GPU_FAMILY NVIDIA_H100_MEGA ({REGION})"]
    assert answer.verdict is Verdict.WARNING
    assert "was seen in no source" in answer.found


@pytest.mark.parametrize(
    ("refusal", "found"),
    [
        (denied("compute.regions.get"), "compute.regions.get is not allowed"),
        (denied(), "compute.regions.get is not allowed"),
        (switched_off(), "compute.googleapis.com is not enabled in the project"),
    ],
    ids=["denied", "denied by an older API", "switched off"],
)
def test_recorded_a_region_that_does_not_tell_leaves_it_open(refusal: Answer, found: str) -> None:
    answer = ask({"compute.regions.get": refusal})[f"NVIDIA_L4_GPUS ({REGION})"]
    assert (answer.verdict, answer.found) == (Verdict.UNKNOWN, found)


def test_recorded_usage_that_may_not_be_read_leaves_open_only_what_it_decides() -> None:
    closed = {"compute.instances.aggregatedList": denied("compute.instances.list")}

    def answer(limit: int) -> Told:
        there = region(quota("NVIDIA_L4_GPUS", limit, 1))
        return ask({"compute.regions.get": there, **closed})[f"NVIDIA_L4_GPUS ({REGION})"]

    assert answer(9).verdict is Verdict.UNKNOWN
    assert "compute.instances.list is not allowed" in answer(9).found
    assert answer(0).verdict is Verdict.FAILED


POOLS = [
    planned(
        "container/nodePool:NodePool",
        called,
        name=called,
        nodeLocations=list(ZONES),
        autoscaling={"totalMinNodeCount": fewest, "totalMaxNodeCount": most},
        nodeConfig={"machineType": machine, "diskType": "pd-balanced", "diskSizeGb": 50, **more},
    )
    for called, machine, fewest, most, more in (
        ("system", "e2-standard-2", 3, 6, {}),
        ("general", "e2-standard-4", 0, 16, {}),
        ("general-spot", "e2-standard-4", 0, 16, {"spot": True}),
    )
]


def nodes(**limits: float) -> dict[str, Told]:
    """What is said of nodes where a region allows so much."""
    cpus = {"e2-standard-2": 2, "e2-standard-4": 4}

    def machine(params: Json) -> Json:
        name = str(params["filter"]).removeprefix("name = ")
        return offered(name, cpus[name], *ZONES)

    of_all = project(quota("CPUS_ALL_REGIONS", limits.pop("all", 999)))
    answers: Mapping[str, Answer] = {
        "compute.regions.get": region(*(quota(metric, n) for metric, n in limits.items())),
        "compute.projects.get": of_all,
        "compute.machineTypes.aggregatedList": machine,
    }
    return ask(answers, (), (CLUSTER, *POOLS))


def test_recorded_ordinary_nodes_fail_below_the_first_and_warn_below_the_last() -> None:
    enough = {"CPUS": 99, "PREEMPTIBLE_CPUS": 99, "SSD_TOTAL_GB": 9999}
    found = nodes(**enough)
    cpus = found[f"CPUS ({REGION})"]
    assert cpus.verdict is Verdict.OK
    assert cpus.needed == "6 to 76 vCPUs: 3 to 6 x e2-standard-2, 0 to 16 x e2-standard-4"
    assert found[f"PREEMPTIBLE_CPUS ({REGION})"].needed.startswith("0 to 64 vCPUs")
    assert found["CPUS_ALL_REGIONS (all regions)"].needed.startswith("6 to 76 vCPUs")
    disks = found[f"SSD_TOTAL_GB ({REGION})"]
    assert (disks.verdict, disks.needed.partition(":")[0]) == (Verdict.OK, "150 to 1100 GB")
    assert nodes(**{**enough, "CPUS": 24})[f"CPUS ({REGION})"].verdict is Verdict.WARNING
    assert nodes(**{**enough, "CPUS": 4})[f"CPUS ({REGION})"].verdict is Verdict.FAILED
    few = nodes(**{**enough, "SSD_TOTAL_GB": 100})[f"SSD_TOTAL_GB ({REGION})"]
    assert (few.verdict, "--preferred-value=1100" in few.next) == (Verdict.FAILED, True)


@pytest.mark.parametrize(
    ("network", "limit", "used", "verdict"),
    [(missing(), 5, 4, "ok"), (missing(), 5, 5, "failed"), ({"name": "fraud-prod"}, 5, 5, "ok")],
    ids=["room", "none", "its own"],
)
def test_recorded_networks_are_counted_without_the_platform_s_own(
    network: Answer, limit: int, used: int, verdict: str
) -> None:
    answers: Mapping[str, Answer] = {
        "compute.projects.get": project(quota("NETWORKS", limit, used)),
        "compute.networks.get": network,
    }
    expected = [planned("compute/network:Network", name="fraud-prod")]
    assert ask(answers, (), expected)["NETWORKS (all regions)"].verdict == verdict


def test_recorded_addresses_inside_the_network_do_not_count() -> None:
    inside = planned("compute/address:Address", name="in", addressType="INTERNAL")
    assert ask({}, (), [inside]) == {}


HOSTED = replace(L4, hosted="realtime")
SERVING = "aiplatform.googleapis.com/custom_model_serving_nvidia_l4_gpus"


@pytest.mark.parametrize(
    ("limit", "verdict"), [(2, "ok"), (1, "warning"), (0, "failed"), (-1, "ok")], ids=str
)
def test_recorded_endpoints_of_vertex_ai_have_quotas_of_their_own(limit: int, verdict: str) -> None:
    answers: Mapping[str, Answer] = {
        METRICS: {"metrics": [bucketed(SERVING, ({"region": REGION}, limit))]}
    }
    asking = Google(answers).asking()
    (answer,) = told(hosting.questions(asking, args(machines=[HOSTED])))
    assert answer.verdict == verdict
    assert answer.needed == "2 for assistant"
    if verdict in ("warning", "failed"):
        assert "--quota-id=CustomModelServingL4GPUsPerProjectPerRegion" in answer.next


def test_recorded_an_accelerator_without_a_known_quota_of_vertex_ai_is_unknown() -> None:
    need = replace(HOSTED, machine="a3-ultragpu-8g")
    (answer,) = told(hosting.questions(Google({}).asking(), args(machines=[need])))
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.next.startswith("https://console.cloud.google.com/iam-admin/quotas?metric=")


def test_machines_that_vertex_ai_hosts_are_no_nodes() -> None:
    assert ask({"compute.regions.get": region()}, [HOSTED]) == {}


@pytest.mark.parametrize("machine", [each.machine for each in machines("gcp")])
@pytest.mark.parametrize("capacity", ["on-demand", "spot"])
def test_every_machine_of_the_catalog_counts_against_a_quota(machine: str, capacity: str) -> None:
    found = quota_of(machine, capacity)
    assert found
    assert found.unit == "GPUs"
    assert found.accelerator


LATER = {
    "GPUS_PER_GPU_FAMILY",
    "CPUS_PER_VM_FAMILY",
    "PREEMPTIBLE_NVIDIA_H100_MEGA_GPUS",
    "PREEMPTIBLE_NVIDIA_H200_GPUS",
    "PREEMPTIBLE_NVIDIA_B200_GPUS",
    "PREEMPTIBLE_NVIDIA_RTX_PRO_6000_GPUS",
}
"""Metrics of Service Usage that Compute Engine's own API does not name."""


def test_metrics_are_those_of_compute_engine() -> None:
    from tests.sites.gcp.google import document

    named = set(document("compute")["schemas"]["Quota"]["properties"]["metric"]["enum"])
    assert {each.metric for each in gcp_quotas().values()} - named == LATER
    assert all(each.source for each in gcp_quotas().values())
