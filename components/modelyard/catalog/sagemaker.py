"""SageMaker's own images, and the machines that it rents out; source: `sagemaker.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from modelyard.catalog.hosted import renting
from modelyard.catalog.machines import machines

_SHEET = Path(__file__).with_name("sagemaker.yaml")
_RENTING = renting("sagemaker")
GIB = 2**30

CPU, MEMORY = 4000, 32 * GIB
"""What a training run gets where the blueprint says nothing, as in the cluster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedMachine:
    """A machine without accelerators: `m5.large`, which SageMaker calls `ml.m5.large`."""

    name: str
    vcpu: int
    memory_gib: float
    usd_per_hour: float


def hosted_image(id: str, region: str) -> str | None:
    """The reference of an image of AWS's own in a region; None where AWS keeps none there."""
    row = _sheet()["images"][id]
    account = row["accounts"].get(region)
    if account is None:
        return None
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{account}.dkr.ecr.{region}.{domain}/{row['repository']}:{row['tag']}"


@cache
def hosted_machines() -> tuple[HostedMachine, ...]:
    """Those without accelerators that have a price, the cheapest first."""
    found = (
        HostedMachine(name=name, usd_per_hour=usd, **facts)
        for name, facts in _sheet()["machines"].items()
        if (usd := _RENTING.price(name)) is not None
    )
    return tuple(sorted(found, key=lambda machine: (machine.usd_per_hour, machine.name)))


def holding(cpu: int, memory: int) -> HostedMachine | None:
    """The cheapest machine with so many thousandths of a core and bytes of memory, if any."""
    able = (m for m in hosted_machines() if m.vcpu * 1000 >= cpu and m.memory_gib * GIB >= memory)
    return next(able, None)


def with_gpus(gpus: int) -> str | None:
    """The cheapest machine with at least so many GPUs of NVIDIA, if there is one."""
    able = [
        (price, machine.machine)
        for machine in machines("aws")
        if machine.count >= gpus and machine.accelerator_facts.vendor == "nvidia"
        if (price := _RENTING.price(machine.machine)) is not None
    ]
    return min(able)[1] if able else None


def has_disks(machine: str) -> bool:
    """Whether a machine (`ml.g5.xlarge`) brings disks of its own, which take no key of ours."""
    return machine.removeprefix("ml.").rpartition(".")[0] in _sheet()["local_storage"]


@cache
def _sheet() -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(_SHEET.read_bytes(), Loader=loader)
