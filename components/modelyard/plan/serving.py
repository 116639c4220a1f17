"""How each model is served: sized, counted, explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.checks.finding import Finding, Path
from modelyard.blueprint.checks.serving import engine_of
from modelyard.blueprint.gpus import ClusterGpus, GpuNodes
from modelyard.blueprint.model import Model, ModelType
from modelyard.blueprint.serve import Mode, ServingEngine
from modelyard.blueprint.site import ClusterSite
from modelyard.catalog import accelerators
from modelyard.catalog.machines import machines as machine_catalog
from modelyard.catalog.runtimes import runtimes
from modelyard.plan.demands import site_of_model
from modelyard.plan.memory import GIB, Load, Memory, load_of, shape_of
from modelyard.plan.sizing import Fit, Machine, Request, Sizing, size
from modelyard.plan.tags import Tags, tags_of

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

E = ServingEngine
SIZED = {E.VLLM, E.TENSORRT_LLM, E.OLLAMA, E.LLAMA_CPP, E.KSERVE}
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
    """Fewest and most."""
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

    def machines(self, replicas: int) -> int:
        """Machines that so many replicas need."""
        return -(-replicas // (self.per_machine // self.count)) if self.count else 0

    def json(self) -> Mapping[str, Any]:
        plain = {k: v for k, v in vars(self).items() if k not in ("memory", "tags", "replicas")}
        minimum, maximum = self.replicas
        memory = self.memory.json() if self.memory else None
        counts = {"minimum": minimum, "maximum": maximum}
        return {**plain, "memory_gib": memory, "replicas": counts, "tags": vars(self.tags)}


@dataclass
class _Yard:
    """Machines of each site while models are put on them, and what could not be."""

    blueprint: Blueprint
    left: dict[tuple[str, str], int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def machines(self, site: str) -> list[Machine]:
        place = self.blueprint.sites[site]
        if not isinstance(place, ClusterSite):
            return _cloud_machines(str(place.kind))
        return [
            replace(machine, available=self.left.setdefault((site, machine.name), total))
            for machine, total in _declared(place.gpus)
        ]

    def take(self, site: str, fit: Fit, replicas: int) -> None:
        if (site, fit.machine.name) in self.left:
            self.left[site, fit.machine.name] -= fit.parallel * replicas


def plan_models(blueprint: Blueprint) -> tuple[tuple[ModelPlan, ...], list[Finding]]:
    """Every model with its machine. The largest are placed first, the result keeps their order."""
    yard = _Yard(blueprint)
    plans = {
        index: _plan_model(yard, index, blueprint.models[index]) for index in _by_weight(blueprint)
    }
    return tuple(plans[index] for index in sorted(plans)), yard.findings


def _by_weight(blueprint: Blueprint) -> list[int]:
    shapes = [shape_of(model) for model in blueprint.models]
    weight = [shape.parameters_b if shape else 0.0 for shape in shapes]
    return sorted(range(len(weight)), key=lambda index: (-weight[index], index))


def _plan_model(yard: _Yard, index: int, model: Model) -> ModelPlan:
    plan = _unsized(yard.blueprint, model)
    at: Path = ("models", index)
    if model.type is ModelType.PREDICTIVE or engine_of(model) not in SIZED:
        return _by_choice(yard, plan, model, at)
    shape = shape_of(model)
    if shape is None:
        yard.findings.append(_unknown(model, at))
        return plan
    load = load_of(model, shape)
    yard.findings += _limits(model, load, at)
    return _sized(yard, plan, model, load, at)


def _unsized(blueprint: Blueprint, model: Model) -> ModelPlan:
    replicas = model.serve.replicas
    return ModelPlan(
        name=model.name,
        type=str(model.type),
        site=site_of_model(blueprint, model),
        engine=str(engine_of(model)),
        mode=str(model.serve.mode),
        replicas=(replicas.min, replicas.max),
        tags=tags_of(blueprint, model),
        reason="runs on CPU",
    )


def _sized(yard: _Yard, plan: ModelPlan, model: Model, load: Load, at: Path) -> ModelPlan:
    machines = yard.machines(plan.site)
    if not machines and engine_of(model) in RUNS_ON_CPU:
        memory = size(load, runtimes()[plan.engine], (), Request()).smallest
        return _on_cpu(plan, replace(memory, available=memory.total), load)
    sizing = _choose(plan, model, load, machines)
    if sizing.chosen is None:
        yard.findings.append(_too_large(yard, plan, machines, sizing, at))
        return plan
    yard.take(plan.site, sizing.chosen, _most(plan, sizing.chosen))
    yard.findings += _short_of(plan, sizing.chosen, at)
    return _explained(plan, sizing, load)


def _choose(plan: ModelPlan, model: Model, load: Load, machines: list[Machine]) -> Sizing:
    """With room for every replica if there is such a machine, else for the fewest."""
    gpu = model.serve.gpu
    usable = [m for m in machines if _known(m.accelerator).vendor in VENDORS]
    sizing = Sizing(None, None, size(load, runtimes()[plan.engine], (), Request()).smallest)
    for replicas in dict.fromkeys((plan.replicas[1], max(1, plan.replicas[0]))):
        request = Request(
            replicas,
            model.serve.quantization,
            _known(gpu.accelerator).accelerator if gpu else None,
            gpu.count if gpu else None,
        )
        sizing = size(load, runtimes()[plan.engine], usable, request)
        if sizing.chosen:
            return sizing
    return sizing


def _most(plan: ModelPlan, fit: Fit) -> int:
    """Replicas to keep accelerators for: as many as may run, as far as there are any."""
    free = fit.machine.available
    return plan.replicas[1] if free is None else min(plan.replicas[1], free // fit.parallel)


def _short_of(plan: ModelPlan, fit: Fit, at: Path) -> list[Finding]:
    held = _most(plan, fit)
    if held >= plan.replicas[1]:
        return []
    what = (
        f"'{plan.name}' may grow to {plan.replicas[1]} replicas, but '{fit.machine.name}' nodes "
        f"have accelerators left for {held}"
    )
    next = f"add nodes to the site, or lower max to {held}"
    return [Finding((*at, "serve", "replicas", "max"), what, next, severity="warning")]


def _explained(plan: ModelPlan, sizing: Sizing, load: Load) -> ModelPlan:
    fit = sizing.chosen
    assert fit is not None
    machine, memory = fit.machine, fit.memory
    reason = (
        f"{memory.total:.1f} of {memory.available:.1f} GiB usable on "
        f"{fit.parallel} x {machine.accelerator}; {_superlative(machine)}"
    )
    return replace(
        plan,
        machine=machine.name,
        accelerator=machine.accelerator,
        count=fit.parallel,
        tensor_parallel=fit.parallel,
        memory=memory,
        reason=reason,
        runner_up=_runner_up(sizing.runner_up),
        usd_per_hour=machine.usd_per_hour,
        per_machine=machine.count,
        context=load.context,
        concurrency=load.concurrency,
    )


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
        plan, memory=memory, reason=reason, context=load.context, concurrency=load.concurrency
    )


def _by_choice(yard: _Yard, plan: ModelPlan, model: Model, at: Path) -> ModelPlan:
    """An engine whose memory is not known gets the accelerators that the blueprint names."""
    gpu = model.serve.gpu
    if gpu is None:
        return plan
    wanted = gpu.count or 1
    for machine in yard.machines(plan.site):
        left = machine.available is None or machine.available >= wanted
        if (
            machine.accelerator == _known(gpu.accelerator).accelerator
            and machine.count >= wanted
            and left
        ):
            fit = Fit(machine, wanted, Memory(0, 0, 0, 0, wanted * machine.memory_gib))
            yard.take(plan.site, fit, _most(plan, fit))
            yard.findings += _short_of(plan, fit, at)
            return _named(plan, fit)
    names = tuple(sorted({machine.accelerator for machine in yard.machines(plan.site)}))
    what = f"site '{plan.site}' has no {wanted} x {gpu.accelerator} for '{plan.name}'"
    next = "declare such nodes in the site's gpus, or choose another accelerator"
    yard.findings.append(Finding((*at, "serve", "gpu"), what, next, names))
    return plan


def _named(plan: ModelPlan, fit: Fit) -> ModelPlan:
    return replace(
        plan,
        machine=fit.machine.name,
        accelerator=fit.machine.accelerator,
        count=fit.parallel,
        tensor_parallel=1,
        reason="the accelerator that the blueprint names; its use of memory is not known",
        usd_per_hour=fit.machine.usd_per_hour,
        per_machine=fit.machine.count,
    )


def _unknown(model: Model, at: Path) -> Finding:
    what = f"the catalog does not know {model.source}, so it cannot be sized"
    next = "add `shape: {parameters, layers, heads, kv_heads, head_dim, context}` from its config"
    return Finding((*at, "shape"), what, next)


def _limits(model: Model, load: Load, at: Path) -> list[Finding]:
    findings = []
    if load.context > load.shape.context:
        what = f"'{model.name}' reads {load.shape.context} tokens at most, not {load.context}"
        next = f"set context to {load.shape.context} or less"
        findings.append(Finding((*at, "serve", "context"), what, next))
    if model.serve.speculative and load.draft is None:
        what = f"the catalog does not know {model.serve.speculative.model}"
        next = "choose a draft model of the catalog, so that its memory is counted"
        findings.append(Finding((*at, "serve", "speculative", "model"), what, next))
    return findings


def _too_large(
    yard: _Yard, plan: ModelPlan, machines: list[Machine], sizing: Sizing, at: Path
) -> Finding:
    memory = sizing.smallest
    parts = (
        f"weights {memory.weights:.1f} + KV cache {memory.kv_cache:.1f} + "
        f"overhead {memory.overhead:.1f}"
    )
    have = "; ".join(_room(machine) for machine in machines)
    site = yard.blueprint.sites[plan.site]
    where = (
        f"the nodes of site '{plan.site}' have {have}"
        if machines
        else (f"site '{plan.site}' declares no GPU nodes")
    )
    what = (
        f"'{plan.name}' needs {memory.total:.1f} GiB ({parts}) for each of "
        f"{max(1, plan.replicas[0])} replicas; {where}"
    )
    places = "`gpus: {nodes: […]}`" if isinstance(site, ClusterSite) else "the catalog's machines"
    next = f"quantize, lower context or concurrency, or add larger nodes to {places}"
    return Finding((*at, "serve"), what, next)


def _room(machine: Machine) -> str:
    free = machine.count if machine.available is None else machine.available
    return (
        f"{free} x {machine.accelerator} of {machine.memory_gib:.0f} GiB free on '{machine.name}'"
    )


def _declared(gpus: ClusterGpus) -> list[tuple[Machine, int]]:
    """The declared nodes as machines, with how many accelerators there are of each kind."""
    return [
        (_node(nodes, gpus), nodes.per_node * nodes.count * _slices(gpus)) for nodes in gpus.nodes
    ]


def _node(nodes: GpuNodes, gpus: ClusterGpus) -> Machine:
    known = _known(nodes.accelerator)
    whole = nodes.memory / GIB if nodes.memory else known.memory_gib
    return Machine(
        nodes.name,
        known.accelerator,
        nodes.per_node * _slices(gpus),
        whole / _slices(gpus),
        nodes.usd_per_hour,
        known.fp8,
    )


def _known(name: str) -> accelerators.Accelerator:
    """An accelerator of the catalog; `check` has refused names that are not in it."""
    found = accelerators.find(name)
    assert found is not None, name
    return found


def _slices(gpus: ClusterGpus) -> int:
    """Into how many parts one GPU is divided; its memory is divided by as many."""
    if gpus.sharing is None:
        return 1
    if gpus.sharing.time_slicing:
        return gpus.sharing.time_slicing
    assert gpus.sharing.mig is not None
    return 7 // int(gpus.sharing.mig[0])


def _cloud_machines(provider: str) -> list[Machine]:
    return [
        Machine(
            machine.machine,
            machine.accelerator,
            machine.count,
            machine.accelerator_facts.memory_gib,
            machine.usd_per_hour,
            machine.accelerator_facts.fp8,
        )
        for machine in machine_catalog(provider)
        if machine.sizable and machine.usd_per_hour is not None
    ]


def edge(plan: ModelPlan) -> bool:
    """Whether the model runs on every node of its edge site rather than in replicas."""
    return plan.mode == Mode.EDGE
