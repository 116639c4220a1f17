"""How clouds rent out machines with a server on them."""

from __future__ import annotations

import json
from pathlib import Path

import googleapiclient
import pytest

from modelyard.blueprint.checks.serving import HOSTED, ON_DEVICES
from modelyard.catalog.accelerators import find
from modelyard.catalog.hosted import GIB, Container, renting
from modelyard.plan.machine import hosted

API = Path(googleapiclient.__file__).parent / "discovery_cache/documents/aiplatform.v1.json"


@pytest.mark.parametrize("engine", [each for each in HOSTED if each not in ON_DEVICES])
def test_every_engine_that_a_cloud_runs_has_machines_or_containers(engine: str) -> None:
    machines = list(hosted(engine))
    assert machines
    assert all(machine.whole for machine in machines)
    assert all((machine.usd_per_hour is None) is renting(engine).elastic for machine in machines)


def test_vertex_ai_knows_its_accelerators_by_these_names() -> None:
    schema = json.loads(API.read_text(encoding="utf-8"))["schemas"][
        "GoogleCloudAiplatformV1MachineSpec"
    ]
    known = set(schema["properties"]["acceleratorType"]["enum"])
    accelerators = renting("vertex").accelerators
    assert set(accelerators.values()) <= known
    assert all(find(name) for name in accelerators)
    assert {machine.accelerator for machine in hosted("vertex")} <= set(accelerators)


def test_an_engine_of_the_cluster_rents_nothing() -> None:
    with pytest.raises(KeyError):
        renting("vllm")


@pytest.mark.parametrize(
    ("cpu", "memory", "accelerated", "size"),
    [
        (None, None, False, Container(cores=2, memory_gib=4)),
        (500, GIB, False, Container(cores=1, memory_gib=1)),
        (1000, 6 * GIB, False, Container(cores=2, memory_gib=6)),
        (8000, GIB, False, Container(cores=8, memory_gib=4)),
        (None, None, True, Container(cores=4, memory_gib=16)),
        (9000, GIB, False, None),
        (1000, 33 * GIB, False, None),
    ],
)
def test_a_container_is_the_smallest_that_holds(
    cpu: int | None, memory: int | None, accelerated: bool, size: Container | None
) -> None:
    assert renting("cloud-run").container(cpu, memory, accelerated=accelerated) == size
