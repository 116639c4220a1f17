"""The report of a plan: what is machine-readable of it, and what is shown of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from modelyard.plan.check import BLUEPRINT
from modelyard.plan.dependencies import orders
from modelyard.recorder.values import plain
from modelyard.review import policies, sections
from modelyard.review.cost_tables import cost_tables
from modelyard.review.diagram.drawing import diagram
from modelyard.review.finding import Finding, of_problem, of_rule
from modelyard.review.first_look import facts_of_plan
from modelyard.review.places import Places
from modelyard.review.sections import Sections
from modelyard.review.table import Table
from modelyard.review.view import View

if TYPE_CHECKING:
    from modelyard.blueprint.errors import Location, Problem
    from modelyard.blueprint.loading.document import Document
    from modelyard.plan.check import Limit
    from modelyard.plan.plan import Plan
    from modelyard.plan.serving import ModelPlan
    from modelyard.policies.verdict import Verdict
    from modelyard.recorder import Graph, Resource
    from modelyard.review.diagram.diagram import Diagram
    from modelyard.review.fact import Fact


@dataclass(frozen=True)
class Report:
    """A plan with its resources and warnings."""

    plan: Plan
    graph: Graph
    warnings: tuple[Problem, ...]
    policies: Verdict | None = None
    """What the rules say of the resources, where they were asked."""
    document: Document | None = None
    """The blueprint as it was written; without it nothing has a place."""
    file: str = "blueprint"

    command = "plan"
    comparing = ""
    """A plan is compared with nothing."""

    @property
    def heading(self) -> str:
        return f"Plan of {self.title}"

    @property
    def title(self) -> str:
        environment = f" ({self.plan.environment})" if self.plan.environment else ""
        return f"{self.plan.blueprint.name}{environment}"

    def json(self) -> Mapping[str, Any]:
        """The plan for machines; the keys are a contract."""
        return {
            "blueprint": {
                "name": self.plan.blueprint.name,
                "environment": self.plan.environment,
                "hash": self.graph.hash,
                "content": self.plan.blueprint.model_dump(mode="json", by_alias=True),
            },
            "sites": [site.json() for site in self.plan.sites],
            "capabilities": [_capability(placement) for placement in self.plan.capabilities],
            "models": [model.json() for model in self.plan.models],
            "revalidated": {name: list(after) for name, after in self._orders.items()},
            "watches": [watch.json() for watch in self.plan.watches],
            "links": [told.json() for told in self.plan.links],
            "resources": [_resource(resource, self.view.sites) for resource in self.graph],
            "cost": self.plan.cost.json(),
            **sections.json(self.sections),
            **({"policies": policies.json(self.policies)} if self.policies else {}),
            "warnings": [_problem(problem) for problem in self.warnings],
        }

    @cached_property
    def view(self) -> View:
        return View(self.plan, self.graph)

    @cached_property
    def sections(self) -> Sections:
        """What can be reached, who may do what, where data rest, and what it is made of."""
        return sections.look(self.view)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Broken policies, the mandatory first, waived ones, and the warnings."""
        verdict = self.policies
        broken = (*verdict.failed, *verdict.waived) if verdict else ()
        return (
            *(of_rule(each, self.place(each.resource.urn)) for each in broken),
            *map(of_problem, self.warnings),
        )

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What a reader is told first."""
        return facts_of_plan(self)

    @property
    def remarks(self) -> tuple[str, ...]:
        """The warnings, in words."""
        return tuple(map(str, self.warnings))

    @property
    def asked(self) -> Mapping[str, int]:
        """The rules that looked at something, with how many resources keep each."""
        return self.policies.kept if self.policies else {}

    def place(self, urn: str) -> Location | None:
        """The entry of the blueprint that a resource comes from."""
        return self._places.of(urn) if self._places else None

    @cached_property
    def _places(self) -> Places | None:
        return Places(self.document, self.file, self.plan, self.graph) if self.document else None

    @cached_property
    def diagram(self) -> Diagram:
        """Sites, what stands on them, and what flows."""
        return diagram(self.plan, self.graph, self.sections.exposure, self.title)

    def tables(self, *, full: bool = False) -> list[Table]:
        """The plan for people; what a reviewer asks first is listed in full, or in short."""
        for_review = sections.tables(self.sections) if full else [sections.summary(self.sections)]
        return [
            *_models(self.plan),
            *_watched(self.plan),
            *self._revalidated(),
            *cost_tables(self.plan),
            self._capabilities(),
            *_links(self.plan),
            self._resources(),
            *for_review,
            *(policies.tables(self.policies) if self.policies else ()),
        ]

    @cached_property
    def _orders(self) -> Mapping[str, tuple[str, ...]]:
        return orders(self.plan.blueprint)

    def _revalidated(self) -> list[Table]:
        """What a change of a model has looked at again, in order."""
        rows = tuple((name, ", ".join(after)) for name, after in self._orders.items())
        columns = ("a change of", "is looked at again in")
        return [Table("Dependencies", columns, rows)] if rows else []

    def _capabilities(self) -> Table:
        fleets = fleets_in(self.plan)
        rows = [
            (str(p.capability) + (f" {p.model}" if p.model else ""), p.engine, on, p.because)
            for p in self.plan.capabilities
            if (on := fleets.get(p.site, p.site)) and fleets.get(p.to or p.site, on)
        ]
        return Table("Capabilities", ("capability", "by", "on", "because"), tuple(rows))

    def _resources(self) -> Table:
        counts = Counter((_kind(resource)) for resource in self.graph if resource.custom)
        rows = tuple((kind, str(count)) for kind, count in sorted(counts.items()))
        stateful = sum(resource.protect for resource in self.graph)
        note = f"{sum(counts.values())} resources, {stateful} of them protected from destruction"
        return Table("Resources", ("kind", "count"), rows, note, numbers=(1,), wrap=0)


def _kind(resource: Resource) -> str:
    return resource.type.split(":", 1)[1] if resource.package == "kubernetes" else resource.type


def _capability(placement: Any) -> Mapping[str, Any]:
    keys = ("capability", "engine", "site", "model", "because", "needs", "operators")
    return {key: plain(getattr(placement, key)) for key in keys}


def _resource(resource: Resource, sites: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "parent": resource.parent,
        "provider": resource.provider,
        "dependencies": list(resource.dependencies),
        "protect": resource.protect,
        "site": sites.get(resource.urn),
        "inputs": plain(resource.inputs),
    }


def _problem(problem: Problem) -> Mapping[str, Any]:
    return {
        "where": str(problem.where) if problem.where else None,
        "path": problem.path,
        "what": problem.what,
        "allowed": list(problem.allowed),
        "nearest": problem.nearest,
        "next": problem.next,
        "severity": str(problem.severity),
    }


def fleets_in(plan: Plan) -> Mapping[str, str]:
    """How members of fleets are shown: the first as the whole of it, the others not at all."""
    sizes = Counter(site.fleet for site in plan.sites if site.fleet)
    shown: dict[str, str] = {}
    for site in plan.sites:
        if site.fleet:
            first = site.fleet in sizes
            shown[site.name] = f"{site.fleet} ({sizes.pop(site.fleet)})" if first else ""
    return shown


def _models(plan: Plan) -> list[Table]:
    if not plan.models:
        return []
    shown = alike(plan)
    rows = tuple(_model_row(model, on) for model, on in shown)
    columns = ("model", "engine", "mode", "on", "machine", "replicas")
    reasons = tuple((_version(model), _why(model)) for model, _ in shown)
    return [Table("Models", columns, rows, wrap=4), Table("Why", ("model", "arithmetic"), reasons)]


def alike(plan: Plan) -> list[tuple[ModelPlan, str]]:
    """Each model once, with where it stands; once more where a further version is on its way."""
    fleets = {site.name: site.fleet for site in plan.sites}
    groups: dict[tuple[str, str, bool], list[ModelPlan]] = defaultdict(list)
    for model in plan.models:
        groups[model.name, fleets[model.site] or model.site, model.rolled_out].append(model)
    return [
        (models[0], f"{place} ({len(models)})" if fleets[models[0].site] else place)
        for (_, place, _), models in groups.items()
    ]


def _model_row(model: ModelPlan, on: str) -> tuple[str, ...]:
    fewest, most = model.replicas
    replicas = str(fewest) if fewest == most else f"{fewest}-{most}"
    machine = f"{model.count} x {model.accelerator} ({model.machine})" if model.count else "CPU"
    return (_version(model), model.engine, model.mode, on, machine, replicas)


def _version(model: ModelPlan) -> str:
    return f"{model.name} (new)" if model.rolled_out else model.name


def _why(model: ModelPlan) -> str:
    lines = [model.reason]
    if memory := model.memory:
        lines.append(
            f"weights {memory.weights:.1f} + KV cache {memory.kv_cache:.1f} + "
            f"overhead {memory.overhead:.1f} = {memory.total:.1f} GiB"
        )
    if model.context:
        lines.append(f"for {model.concurrency} sequences of {model.context} tokens")
    if model.runner_up:
        lines.append(f"runner-up: {model.runner_up}")
    return "; ".join(lines)


def _watched(plan: Plan) -> list[Table]:
    """What models are held to; what is not the blueprint's own word is there with the reason."""
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for watch in plan.watches:
        for limit in watch.limits:
            rows[watch.model, limit.check].append(_held(limit))
    columns = ("model", "check", "held to")
    held = tuple((*about, "; ".join(limits)) for about, limits in rows.items())
    return [Table("Limits", columns, held)] if held else []


def _held(limit: Limit) -> str:
    origin = "" if limit.origin == BLUEPRINT else f" ({limit.origin}: {limit.reason})"
    return f"{limit.measure} {limit.bound}{origin}"


def _links(plan: Plan) -> list[Table]:
    """For the owners of ends that nobody makes: one table for each of them."""
    rows: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for told in plan.links:
        rows[told.link, told.owner].append((told.what, told.value))
    return [
        Table(f"Link {link}: to be configured at '{owner}'", ("what", "value"), tuple(lines))
        for (link, owner), lines in rows.items()
    ]
