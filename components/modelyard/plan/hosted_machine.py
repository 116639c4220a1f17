"""Machines that a cloud runs outside the cluster: of models without accelerators, of training."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Path
from modelyard.blueprint.serve import Mode
from modelyard.blueprint.units import show_cpu, show_memory
from modelyard.catalog import sagemaker
from modelyard.catalog.hosted import CPU, MEMORY, Container, renting
from modelyard.plan.machine import accelerator, hosted

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model, Retrain
    from modelyard.plan.machine import Machine
    from modelyard.plan.serving import ModelPlan

GPU = "nvidia"
"""Maker of the accelerators that training may ask for by their number alone."""
MONITORS = "ml.m5.xlarge"
"""What the jobs run on that watch a model's drift."""


def on_hosted_cpu(plan: ModelPlan, model: Model, at: Path, findings: list[Finding]) -> ModelPlan:
    """The cheapest machine with these cores and this memory; none where containers come and go."""
    if plan.mode == Mode.SERVERLESS or renting(plan.engine).elastic:
        return replace(plan, reason="runs on CPU, in containers that come and go with requests")
    asked = model.serve.resources
    cpu, memory = asked.cpu or CPU, asked.memory or MEMORY
    if machine := sagemaker.holding(cpu, memory):
        price = machine.usd_per_hour
        reason = f"CPU; the cheapest that holds it, ${price:.2f} an hour"
        return replace(plan, machine=f"ml.{machine.name}", reason=reason, usd_per_hour=price)
    what = f"no machine of SageMaker's holds {show_cpu(cpu)} cores and {show_memory(memory)}"
    next = "lower `resources`, or serve it in the cluster"
    findings.append(Finding((*at, "serve", "resources"), what, next))
    return plan


def container_of(model: Model, engine: str) -> Container | None:
    """The container of a model where containers come and go; None, which `check` refuses."""
    asked, rented = model.serve.resources, renting(engine)
    return rented.container(asked.cpu, asked.memory, accelerated=model.serve.gpu is not None)


def training_gpus(retrain: Retrain, engine: str) -> Machine | None:
    """The cheapest machine with so many GPUs of NVIDIA where pipelines of this engine train; None
    without such a machine, which `check` refuses, and without GPUs.
    """
    able = [
        machine
        for machine in hosted(engine)
        if machine.count >= (retrain.gpus or 0) and accelerator(machine.accelerator).vendor == GPU
    ]
    by_price = sorted(able, key=lambda machine: (machine.usd_per_hour or 0.0, machine.name))
    return next(iter(by_price), None) if retrain.gpus else None


def training_machine(retrain: Retrain) -> str | None:
    """The cheapest machine that holds a training run; None, which `check` refuses, without one."""
    asked = retrain.resources
    if retrain.gpus:
        found = sagemaker.with_gpus(retrain.gpus)
    else:
        cpu, memory = asked.cpu or sagemaker.CPU, asked.memory or sagemaker.MEMORY
        machine = sagemaker.holding(cpu, memory)
        found = machine and machine.name
    return found and f"ml.{found}"
