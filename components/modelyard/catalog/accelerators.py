"""Accelerators by id: the memory an engine can use, and the names Kubernetes knows them by.

Memory is GiB as the vendor's own tool reports it (`nvidia-smi`, ECC as shipped), which is below
the figure on the box. `confirmed` is false where memory or label was not seen in a stored source.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

_TABLE = Path(__file__).with_name("accelerators.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator:
    """One device model.

    `resource` is what a pod requests; `product_label` the value of `nvidia.com/gpu.product`;
    `gke_type` the value of `cloud.google.com/gke-accelerator`. A name that does not exist for the
    device is empty. `mig` lists the partition profiles.
    """

    accelerator: str
    aliases: tuple[str, ...]
    vendor: str
    memory_gib: float
    resource: str
    compute_capability: str
    fp8: bool
    mig: tuple[str, ...]
    product_label: str
    gke_type: str
    source: str
    as_of: str
    confirmed: bool


@cache
def accelerators() -> Mapping[str, Accelerator]:
    """Every known accelerator by id."""
    with _TABLE.open(encoding="utf-8", newline="") as table:
        rows = [_accelerator(row) for row in csv.DictReader(table)]
    return MappingProxyType({row.accelerator: row for row in rows})


def find(name: str) -> Accelerator | None:
    """The accelerator of an id, alias, product label or GKE type, whatever its case."""
    return _names().get(name.strip().lower())


@cache
def _names() -> Mapping[str, Accelerator]:
    names: dict[str, Accelerator] = {}
    for row in accelerators().values():
        for name in (row.accelerator, *row.aliases, row.product_label, row.gke_type):
            if name:
                names.setdefault(name.lower(), row)
    return names


def _accelerator(row: Mapping[str, str]) -> Accelerator:
    return Accelerator(
        accelerator=row["accelerator"],
        aliases=tuple(row["aliases"].split()),
        vendor=row["vendor"],
        memory_gib=float(row["memory_gib"]),
        resource=row["resource"],
        compute_capability=row["compute_capability"],
        fp8=row["fp8"] == "yes",
        mig=tuple(row["mig"].split()),
        product_label=row["product_label"],
        gke_type=row["gke_type"],
        source=row["source"],
        as_of=row["as_of"],
        confirmed=row["confirmed"] == "yes",
    )
