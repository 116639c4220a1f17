"""How each model is served: sized, counted, explained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.checks.finding import Finding, Path
from modelyard.blueprint.checks.serving import HOSTED, ON_DEVICES, engine_of
from modelyard.blueprint.model import Model, ModelType
from modelyard.blueprint.serve import Mode, ServingEngine
from modelyard.blueprint.site import AwsSite
from modelyard.catalog.runtimes import runtimes
from modelyard.plan import shortage
from modelyard.plan.hosted_machine import on_hosted_cpu
from modelyard.plan.machine import Machine, accelerator, hosted
from modelyard.plan.memory import Load, Memory, load_of, need, shape_of
from modelyard.plan.sizing import Fit, Request, Sizing, by_choice, size
from modelyard.plan.standing import site_of_model
from modelyard.plan.tags import Tags, tags_of
from modelyard.plan.yard import Yard

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

E = ServingEngine
SIZED = {E.VLLM, E.TENSORRT_LLM, E.OLLAMA, E.LLAMA_CPP, E.KSERVE, E.SAGEMAKER, E.VERTEX}
"""Engines whose use of memory is known."""
RUNS_ON_CPU = {E.OLLAMA, E.LLAMA_CPP}
"""Engines that do without an accelerator where there is none."""
VENDORS = {"nvidia"}
"""Makers of accelerators for which the catalog has serving images."""


@dataclass(frozen=True)
class ModelPlan:
    """Where a model stands and on what."""

    name: str
    type: str
    site: str
    engine: str
    mode: str
    replicas: tuple[int, int]
    """Fewest and most. Between batch runs there are none; at the edge there is one on each node of
    the kind chosen, however many the blueprint says.
    """
    tags: Tags
    machine: str | None = None
    """Kind of machine, or of declared node; None for a model that needs no accelerator."""
    accelerator: str | None = None
    count: int = 0
    """Accelerators a replica uses."""
    tensor_parallel: int = 0
    memory: Memory | None = None
    reason: str = ""
    runner_up: str | None = None
    usd_per_hour: float | None = None
    """Price of one machine; None without a price."""
    per_machine: int = 1
    """Accelerators in one machine."""
    context: int | None = None
    concurrency: int | None = None

    rolled_out: bool = False
    """Whether it is the version on its way, which this member of a fleet has already."""
    stands_in: bool = False
    """Whether it is the second one, for what the model's own site does not take."""
    hosted: bool = False
    """Whether the cloud runs the server, on machines outside the cluster."""

    def machines(self, replicas: int) -> int:
        """Machines that so many replicas need."""
        return -(-replicas // (self.per_machine // self.count)) if self.count else 0

    def json(self) -> Mapping[str, Any]:
        plain = {k: v for k, v in vars(self).items() if k not in ("memory", "tags", "replicas")}
        minimum, maximum = self.replicas
        memory = self.memory.json() if self.memory else None
        counts = {"minimum": minimum, "maximum": maximum}
        return {**plain, "memory_gib": memory, "replicas": counts, "tags": vars(self.tags)}


def plan_models(blueprint: Blueprint) -> tuple[tuple[ModelPlan, ...], list[Finding]]:
    """Every model with its machine. The largest are placed first, the result keeps their order."""
    yard, findings = Yard(blueprint), list[Finding]()
    plans = {
        (index, stands_in): replace(_plan_model(yard, index, model, findings), stands_in=stands_in)
        for index, stands_in, model in _by_weight(blueprint)
    }
    return tuple(plans[key] for key in sorted(plans)), findings


def _by_weight(blueprint: Blueprint) -> list[tuple[int, bool, Model]]:
    """The largest first, and at every node before anywhere: the small find room beside them."""

    def rank(each: tuple[int, bool, Model]) -> tuple[bool, bool, float, int]:
        index, stands_in, model = each
        shape = shape_of(model)
        weight = shape.parameters_b if shape else 0.0
        # What only stands in takes the room that others leave.
        return (stands_in, model.serve.mode is not Mode.EDGE, -weight, index)

    own = [(index, False, model) for index, model in enumerate(blueprint.models)]
    second = [(i, True, there) for i, _, model in own if (there := model.standing_in())]
    return sorted((*own, *second), key=rank)


def _plan_model(yard: Yard, index: int, model: Model, findings: list[Finding]) -> ModelPlan:
    plan = _unsized(yard.blueprint, model)
    at: Path = ("models", index)
    if model.type is ModelType.PREDICTIVE or engine_of(model) not in SIZED:
        return _chosen(yard, plan, model, at, findings)
    shape = shape_of(model)
    if shape is None:
        findings.append(shortage.unknown(model, at))
        return plan
    load = load_of(model, shape)
    findings += shortage.limits(model, load, at)
    return _sized(yard, plan, model, load, at, findings)


def _unsized(blueprint: Blueprint, model: Model) -> ModelPlan:
    """A model on CPU, which is what it stays unless accelerators are found for it."""
    mode, replicas = model.serve.mode, model.serve.replicas
    return ModelPlan(
        name=model.name,
        type=str(model.type),
        site=site_of_model(blueprint, model),
        engine=str(engine_of(model)),
        mode=str(mode),
        replicas=(0 if mode is Mode.BATCH else replicas.min, replicas.max),
        tags=tags_of(blueprint, model),
        hosted=engine_of(model) in HOSTED,
        reason="runs on CPU" + (", once on each edge node" if mode is Mode.EDGE else ""),
    )


def _sized(
    yard: Yard, plan: ModelPlan, model: Model, load: Load, at: Path, findings: list[Finding]
) -> ModelPlan:
    """A model by its use of memory."""
    machines, runtime = _machines(yard, plan), runtimes()[plan.engine]
    if not machines and engine_of(model) in RUNS_ON_CPU and model.serve.gpu is None:
        return _on_cpu(plan, need(load, runtime, 1), load)
    usable = [m for m in machines if accelerator(m.accelerator).vendor in VENDORS]
    sizing = _with_most_room(plan, model, lambda r: size(load, runtime, usable, r))
    case = shortage.Case(model, plan.site, usable, _fewest(plan), at)
    if sizing.chosen is None:
        findings.append(shortage.unfit(case, load, runtime))
        return plan
    findings += _keep(yard, plan, sizing.chosen, case)
    return _explained(_placed(plan, sizing), load)


def _chosen(
    yard: Yard, plan: ModelPlan, model: Model, at: Path, findings: list[Finding]
) -> ModelPlan:
    """An engine whose memory is not known gets the accelerators that the blueprint names."""
    if engine_of(model) in ON_DEVICES:
        return _on_devices(yard.blueprint, plan, model)
    if model.serve.gpu is None:
        return on_hosted_cpu(plan, model, at, findings) if plan.hosted else plan
    machines = _machines(yard, plan)
    sizing = _with_most_room(plan, model, lambda r: by_choice(machines, r))
    case = shortage.Case(model, plan.site, machines, _fewest(plan), at)
    if sizing.chosen is None:
        findings.append(shortage.too_few(case))
        return plan
    findings += _keep(yard, plan, sizing.chosen, case)
    reason = "the accelerator that the blueprint names; its use of memory is not known"
    return replace(_placed(plan, sizing), tensor_parallel=1, reason=reason)


def _on_devices(blueprint: Blueprint, plan: ModelPlan, model: Model) -> ModelPlan:
    """What devices have is their owner's to know; the plan says which version is where."""
    site, rollout = blueprint.sites[plan.site], model.rollout
    reason = "runs on the processor of each core device"
    if not isinstance(site, AwsSite):
        return replace(plan, reason=reason)
    rings, count = len(site.devices.rings), site.devices.count
    if rollout and rollout.rings:
        reason += f"; in {rollout.rings} of {rings} rings it is {model.rolled_out().source}"
    return replace(plan, reason=reason, replicas=(count, count) if count else plan.replicas)


def _machines(yard: Yard, plan: ModelPlan) -> list[Machine]:
    """Those of the site, or those that its cloud rents out with a server on them."""
    return list(hosted(plan.engine)) if plan.hosted else yard.machines(plan.site)


def _with_most_room(plan: ModelPlan, model: Model, choose: Callable[[Request], Sizing]) -> Sizing:
    """With room for every replica if there is such a machine, else for the fewest."""
    gpu, sizing = model.serve.gpu, Sizing()
    for replicas in dict.fromkeys((plan.replicas[1], _fewest(plan))):
        request = Request(
            replicas=replicas,
            everywhere=model.serve.mode is Mode.EDGE,
            quantization=model.serve.quantization,
            accelerator=accelerator(gpu.accelerator).accelerator if gpu else None,
            parallel=gpu.count if gpu else None,
        )
        sizing = choose(request)
        if sizing.chosen:
            return sizing
    return sizing


def _fewest(plan: ModelPlan) -> int:
    """Replicas that there has to be room for, even if none of them runs all the time."""
    return max(1, plan.replicas[0])


def _keep(yard: Yard, plan: ModelPlan, fit: Fit, case: shortage.Case) -> list[Finding]:
    """Keep accelerators for as many replicas as may run, and say so if there are too few."""
    if plan.mode == Mode.EDGE:
        yard.take_everywhere(plan.site, fit)
        return []
    held = fit.machine.room(fit.parallel, plan.replicas[1])
    yard.take(plan.site, fit, held)
    return shortage.growth(case, fit.machine, held)


def _placed(plan: ModelPlan, sizing: Sizing) -> ModelPlan:
    fit = sizing.chosen
    assert fit is not None
    machine = fit.machine
    nodes = machine.available.nodes if machine.available else 1
    return replace(
        plan,
        replicas=(nodes, nodes) if plan.mode == Mode.EDGE else plan.replicas,
        machine=machine.name,
        accelerator=machine.accelerator,
        count=fit.parallel,
        tensor_parallel=fit.parallel,
        memory=fit.memory,
        reason=_superlative(machine),
        runner_up=_runner_up(sizing.runner_up),
        usd_per_hour=machine.usd_per_hour,
        per_machine=machine.count,
    )


def _explained(plan: ModelPlan, load: Load) -> ModelPlan:
    memory = plan.memory
    assert memory is not None
    reason = (
        f"{memory.total:.1f} of {memory.available:.1f} GiB usable on "
        f"{plan.count} x {plan.accelerator}; {plan.reason}"
    )
    if plan.mode == Mode.EDGE:
        reason += f"; one on each of {plan.replicas[1]} nodes"
    return replace(plan, reason=reason, context=load.context, concurrency=load.concurrency)


def _superlative(machine: Machine) -> str:
    if machine.usd_per_hour is None:
        return "the least memory that holds it"
    return f"the cheapest that holds it, ${machine.usd_per_hour:.2f} an hour"


def _runner_up(fit: Fit | None) -> str | None:
    if fit is None:
        return None
    price = fit.machine.usd_per_hour
    cost = "unpriced" if price is None else f"${price:.2f} an hour"
    machine = fit.machine
    return f"{fit.parallel} of {machine.count} x {machine.accelerator} on {machine.name}, {cost}"


def _on_cpu(plan: ModelPlan, memory: Memory, load: Load) -> ModelPlan:
    reason = f"the site declares no GPU nodes: {memory.total:.1f} GiB of ordinary memory"
    return replace(
        plan,
        memory=replace(memory, available=memory.total),
        reason=reason,
        context=load.context,
        concurrency=load.concurrency,
    )
