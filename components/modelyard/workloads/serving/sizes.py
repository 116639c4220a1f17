"""What one replica asks of its node besides accelerators, and how long it takes to be ready."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from modelyard.blueprint.units import show_cpu, show_memory
from modelyard.objects.pods import Resources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelyard.blueprint.serve import Serve
    from modelyard.plan.serving import ModelPlan

SMALL = Resources(cpu="1", memory="2Gi")
"""A predictive model."""


def weights_gib(plan: ModelPlan) -> float:
    """Size of the weights; 0 when it is not known."""
    return plan.memory.weights if plan.memory else 0.0


def language_model(plan: ModelPlan) -> Resources:
    """On accelerators, room for the processes around them; without, for the model itself."""
    if plan.count:
        return Resources(cpu=str(2 + 2 * plan.count), memory=f"{8 + 6 * plan.count}Gi")
    total = plan.memory.total if plan.memory else 8.0
    return Resources(cpu="4", memory=f"{ceil(total) + 1}Gi")


def shared_memory(plan: ModelPlan) -> str:
    """For the processes of tensor parallelism, which pass tensors through it."""
    return f"{1 + 2 * max(1, plan.tensor_parallel)}Gi"


def loading(plan: ModelPlan, least: int = 300) -> int:
    """Seconds to read weights at 200 MiB a second, and `least` to start and compile."""
    return least + 5 * ceil(weights_gib(plan))


def downloading(plan: ModelPlan) -> int:
    """Seconds to fetch weights at 20 MiB a second, for engines that fetch them themselves."""
    return 50 * ceil(weights_gib(plan))


def asked(default: Resources, serve: Serve, devices: Mapping[str, str]) -> Resources:
    """The default, with what the blueprint says instead and the devices of the plan."""
    cpu, memory = serve.resources.cpu, serve.resources.memory
    return Resources(
        cpu=show_cpu(cpu) if cpu is not None else default.cpu,
        memory=show_memory(memory) if memory is not None else default.memory,
        extended=devices,
    )
