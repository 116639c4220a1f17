"""Quotas of Google Cloud: what each is called, and what counts against it.

What a project really has is asked of the project; these say what to ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from modelyard.catalog.sheet import entry, rows, texts

_SHEET = Path(__file__).with_name("gcp_quotas.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class GcpQuota:
    """One quota; the sheet says what each field is."""

    id: str
    metric: str
    dimension: Mapping[str, str]
    scope: str
    unit: str
    families: tuple[str, ...]
    capacity: str
    accelerator: str
    serving: str
    serving_id: str
    types: tuple[str, ...]
    source: str
    as_of: str
    confirmed: bool
    note: str

    @property
    def quota_id(self) -> str:
        """What Cloud Quotas calls it: `NVIDIA-L4-GPUS-per-project-region`."""
        region = "" if self.scope == "global" else "-region"
        return f"{self.metric.replace('_', '-')}-per-project{region}"

    @property
    def usage_metric(self) -> str:
        """What Service Usage calls it: `compute.googleapis.com/nvidia_l4_gpus`."""
        return f"compute.googleapis.com/{self.metric.lower()}"

    @property
    def name(self) -> str:
        """As a person reads it: `NVIDIA_L4_GPUS`, `GPUS_PER_GPU_FAMILY NVIDIA_H100`."""
        return " ".join((self.metric, *self.dimension.values()))


@cache
def gcp_quotas() -> Mapping[str, GcpQuota]:
    """Every quota by id."""
    return MappingProxyType({key: _quota(key, row) for key, row in rows(_SHEET, "quotas").items()})


def gcp_quota(id: str) -> GcpQuota:
    """The quota of an id; KeyError names those there are."""
    return entry(gcp_quotas(), id, "quota")


def quota_of(name: str, capacity: str) -> GcpQuota | None:
    """What a machine (`on-demand`, `spot`) or a disk (`disk`) counts against, by its name.

    None where the catalog has no quota for its family; the longest beginning that fits counts.
    """
    fitting = [
        (family, quota)
        for quota in gcp_quotas().values()
        if quota.capacity == capacity
        for family in quota.families
        if name.startswith(family)
    ]
    return max(fitting, key=lambda each: len(each[0]))[1] if fitting else None


def quota_of_accelerator(accelerator: str, capacity: str) -> GcpQuota | None:
    """What an accelerator counts against, by Compute Engine's name of it."""
    counted = (each for each in gcp_quotas().values() if each.capacity == capacity)
    return next((each for each in counted if accelerator and each.accelerator == accelerator), None)


def _quota(id: str, row: Mapping[str, Any]) -> GcpQuota:
    texts_of = {key: texts(row[key]) for key in ("families", "types")}
    return GcpQuota(**{**row, **texts_of, "id": id, "as_of": str(row["as_of"])})
