"""GPUs of a site: the nodes it has, or how a cloud is asked for them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from modelyard.blueprint.section import FEW, Flag, Name, Number, Positive, Section, Text
from modelyard.blueprint.units import Cpu, Memory

Taint = Annotated[str, Field(pattern=r"^[A-Za-z0-9./-]+$")]
"""Key of the taint that keeps other pods off nodes with accelerators."""


class Capacity(StrEnum):
    ON_DEMAND = "on-demand"
    SPOT = "spot"
    RESERVED = "reserved"


class CloudGpus(Section):
    """How a cloud is asked for GPUs; the pools themselves follow from the models."""

    capacity: Capacity = Capacity.ON_DEMAND
    fallback: tuple[Capacity, ...] = ()
    reservations: tuple[Text, ...] = ()
    taint: Taint = "nvidia.com/gpu"

    @property
    def ways(self) -> tuple[Capacity, ...]:
        """What is tried, in order: what is chosen, and then what it falls back on."""
        return tuple(dict.fromkeys((self.capacity, *self.fallback)))

    @property
    def shared(self) -> Sharing | None:
        """How one GPU serves several; on most clouds none does."""
        return None


class GpuNodes(Section):
    """Nodes of one kind that a cluster has."""

    name: Name
    accelerator: Name
    """Id of the accelerator in the catalog, such as `l40s`."""
    per_node: Annotated[int, Field(strict=True, ge=1, le=16)] = 1
    count: Positive = 1
    memory: Memory | None = None
    """Memory of one accelerator, where it differs from the catalog's."""
    node_memory: Memory | None = None
    node_cpu: Cpu | None = None
    usd_per_hour: Annotated[Number, Field(ge=0, le=10_000)] | None = None
    """What one node costs; unpriced when left out."""
    labels: dict[str, str] = {}
    """Labels that pick these nodes; GPU feature discovery's product label when left out."""


class Sharing(Section):
    """How one GPU serves several: by turns, or cut into slices of hardware."""

    time_slicing: Annotated[int, Field(strict=True, ge=2, le=48)] | None = None
    mig: Annotated[str, Field(pattern=r"^[1-7]g\.[0-9]{1,3}gb(\+me)?$")] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Sharing:
        if (self.time_slicing is None) == (self.mig is None):
            raise PydanticCustomError(
                "one_of",
                "a GPU is shared in one way",
                {"allowed": ["time_slicing", "mig"], "next": "set one of the two"},
            )
        return self


class ClusterGpus(Section):
    """GPUs of a cluster that is there already."""

    nodes: Annotated[tuple[GpuNodes, ...], Field(max_length=FEW)] = ()
    engine: Literal["device-plugin", "gpu-operator", "attach"] = "device-plugin"
    """What makes them known to the scheduler; `attach` when that is there already."""
    sharing: Sharing | None = None
    taint: Taint = "nvidia.com/gpu"
    queue: Flag = False
    """Share them fairly between training and batch runs through Kueue."""
