"""Why a model cannot be put anywhere, or not as often as it may grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Path
from modelyard.blueprint.serve import Quantization
from modelyard.plan.machine import Machine, accelerator
from modelyard.plan.memory import need
from modelyard.plan.sizing import degrees

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.catalog.runtimes import Runtime
    from modelyard.plan.memory import Load

LARGER = "quantize, lower context or concurrency, or add larger nodes"


@dataclass(frozen=True)
class Case:
    """A model, and the site that has no place for it."""

    model: Model
    site: str
    machines: Sequence[Machine]
    replicas: int
    at: Path
    """Path of the model in the blueprint."""


def unknown(model: Model, at: Path) -> Finding:
    """A model whose numbers nobody knows."""
    what = f"the catalog does not know {model.source}, so it cannot be sized"
    next = "add `shape: {parameters, layers, heads, kv_heads, head_dim, context}` from its config"
    return Finding((*at, "shape"), what, next)


def limits(model: Model, load: Load, at: Path) -> list[Finding]:
    """What the model itself cannot do."""
    findings: list[Finding] = []
    if load.context > load.shape.context:
        what = f"'{model.name}' reads {load.shape.context} tokens at most, not {load.context}"
        next = f"set context to {load.shape.context} or less"
        findings.append(Finding((*at, "serve", "context"), what, next))
    if model.serve.speculative and load.draft is None:
        what = f"the catalog does not know {model.serve.speculative.model}"
        next = "choose a draft model of the catalog, so that its memory is counted"
        findings.append(Finding((*at, "serve", "speculative", "model"), what, next))
    return findings


def growth(case: Case, machine: Machine, held: int) -> list[Finding]:
    """A warning when there is no room for every replica that may run."""
    most = case.model.serve.replicas.max
    if held >= most:
        return []
    what = (
        f"'{case.model.name}' may grow to {most} replicas, but '{machine.name}' nodes "
        f"have accelerators left for {held}"
    )
    next = f"add nodes to the site, or lower max to {held}"
    path: Path = (*case.at, "serve", "replicas", "max")
    return [Finding(path, what, next, severity="warning")]


def unfit(case: Case, load: Load, runtime: Runtime) -> Finding:
    """Why nothing at the site holds a model whose use of memory is known."""
    return (
        _not_there(case)
        or _wrong_precision(case)
        or _indivisible(case, load)
        or _too_large(case, load, runtime)
    )


def too_few(case: Case) -> Finding:
    """Why the accelerators that the blueprint names for a model are not to be had."""
    gpu = case.model.serve.gpu
    assert gpu is not None
    wanted = f"{gpu.count or 1} x {gpu.accelerator} for {_each(case)}"
    what = f"'{case.model.name}' needs {wanted}; {_has(case)}"
    path: Path = (*case.at, "serve", "gpu", "count" if gpu.count else "accelerator")
    return _not_there(case) or Finding(path, what, "ask for fewer, or add nodes to the site")


def _not_there(case: Case) -> Finding | None:
    gpu = case.model.serve.gpu
    names = tuple(sorted({machine.accelerator for machine in case.machines}))
    if gpu is None or accelerator(gpu.accelerator).accelerator in names:
        return None
    what = f"site '{case.site}' has no {gpu.accelerator} for '{case.model.name}'"
    next = "declare such nodes in the site's gpus, or choose another accelerator"
    return Finding((*case.at, "serve", "gpu", "accelerator"), what, next, names)


def _wrong_precision(case: Case) -> Finding | None:
    wanted = case.model.serve.quantization is Quantization.FP8
    if not wanted or not case.machines or any(machine.fp8 for machine in _asked(case)):
        return None
    names = ", ".join(sorted({machine.accelerator for machine in _asked(case)}))
    what = f"'{case.model.name}' is to run at fp8, and no {names} computes that"
    next = "choose int8 or awq-int4, or accelerators that compute fp8, such as l40s or h100"
    return Finding((*case.at, "serve", "quantization"), what, next)


def _indivisible(case: Case, load: Load) -> Finding | None:
    """A choice of the blueprint that no tensor parallelism can follow."""
    gpu = case.model.serve.gpu
    if gpu is None or gpu.count is None:
        return None
    fit = degrees(load, max(machine.most for machine in _asked(case)))
    if gpu.count in fit:
        return None
    shape = load.shape
    what = (
        f"the {shape.heads} heads and {shape.kv_heads} KV heads of '{case.model.name}' cannot be "
        f"spread over {gpu.count} x {gpu.accelerator} of one node"
    )
    allowed = tuple(str(degree) for degree in fit)
    path: Path = (*case.at, "serve", "gpu", "count")
    return Finding(path, what, "choose another count, or leave it out", allowed)


def _too_large(case: Case, load: Load, runtime: Runtime) -> Finding:
    memory = need(load, runtime, 1)
    what = (
        f"'{case.model.name}' needs {memory.total:.1f} GiB (weights {memory.weights:.1f} + "
        f"KV cache {memory.kv_cache:.1f} + overhead {memory.overhead:.1f}) for {_each(case)}, "
        f"and {runtime.usable_share:.0%} of an accelerator is usable; {_has(case)}"
    )
    return Finding((*case.at, "serve"), what, f"{LARGER} to `gpus: {{nodes: […]}}`")


def _each(case: Case) -> str:
    return "each replica" if case.replicas == 1 else f"each of {case.replicas} replicas"


def _asked(case: Case) -> list[Machine]:
    """The machines that have the accelerator which the blueprint names, if it names one."""
    gpu = case.model.serve.gpu
    name = accelerator(gpu.accelerator).accelerator if gpu else None
    return [machine for machine in case.machines if name in (None, machine.accelerator)]


def _has(case: Case) -> str:
    """What there is: every kind of declared node, or the largest machine of a cloud."""
    machines = _asked(case)
    if not machines:
        return f"site '{case.site}' declares no GPU nodes that serve language models"
    if machines[0].available is None:
        largest = max(machines, key=lambda machine: machine.count * machine.memory_gib)
        return f"the largest machine has {_accelerators(largest.count, largest)}"
    free = (_accelerators(m.available.accelerators, m) for m in machines if m.available)
    return f"the nodes of site '{case.site}' have {'; '.join(free)}"


def _accelerators(count: int, machine: Machine) -> str:
    each = machine.count if machine.joins else 1
    node = f", {each} to a replica at most," if machine.available else ""
    size = f"{machine.memory_gib:.0f} GiB{node}"
    return f"{count} x {machine.accelerator} of {size} free on '{machine.name}'"
