"""Models served by their components, recorded on a real cluster site with stand-ins around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import yaml
from tests.support import standins
from tests.support.parts import manifest, only

from modelyard.blueprint.blueprint import Blueprint
from modelyard.contracts.serving import ServingArgs
from modelyard.plan.capability import Capability as C
from modelyard.plan.plan import Plan, make_plan
from modelyard.platform import Platform, context_of, load
from modelyard.recorder import record
from modelyard.recorder.monitor import Mode
from modelyard.sites import offers

SITE = """
modelyard: 1
name: yard
team: {owner: ml@example.com, name: ml, domain: demo}
monitoring: {engine: prometheus}
sites:
  here:
    kind: kubernetes
    edge: true
    storage_class: fast
    ingress: {domain: yard.example}
    gpus: {nodes: [{name: large, accelerator: h100, per_node: 8, count: 8}]}
"""


@dataclass
class Yard:
    """What was recorded of one model."""

    manifests: list[Mapping[str, Any]]
    plan: Plan
    component: Any
    ingress: standins.Ingress

    def kinds(self) -> set[str]:
        return {found["kind"] for found in self.manifests}

    def all(self, kind: str) -> list[Mapping[str, Any]]:
        return [found for found in self.manifests if found["kind"] == kind]

    def one(self, kind: str) -> Mapping[str, Any]:
        (found,) = self.all(kind)
        return found

    def pod(self, kind: str = "Deployment") -> Mapping[str, Any]:
        spec = self.one(kind)["spec"]
        spec = spec["jobTemplate"]["spec"] if kind == "CronJob" else spec
        return spec["template"]["spec"]

    def server(self, kind: str = "Deployment") -> Mapping[str, Any]:
        """The engine's container, wherever in the pod it is."""
        pod = self.pod(kind)
        containers = [*pod.get("initContainers", []), *pod["containers"]]
        return next(c for c in containers if c["name"] == "server")


def planned(models: str, site: str = SITE) -> Plan:
    """The plan of models on a site; what has no place there fails."""
    sections = {**yaml.safe_load(site), "models": yaml.safe_load(models)}
    plan = make_plan(Blueprint.model_validate(sections), offers())
    assert not plan.errors, plan.errors
    return plan


def served(text: str, name: str | None = None, site: str = SITE, **given: Any) -> Yard:
    """Record the component of one model, the first if none is named; `given` overrides its args."""
    plan = planned(text, site)
    name = name or plan.models[0].name
    made: dict[str, Any] = {}

    def program() -> None:
        platform = Platform(only(plan))
        made.update(_component(plan, platform, name, given))

    graph = record(program, project="modelyard", stack="test", mode=Mode.UPDATE)
    own = [r for r in graph if r.parent and ":serving:" in r.parent.rpartition("::")[0]]
    return Yard([manifest(r) for r in own], plan, made["component"], made["args"].ingress)


def _component(plan: Plan, platform: Platform, name: str, given: Mapping[str, Any]) -> Any:
    cluster = platform.standing["here", C.CLUSTER]
    placement = next(p for p in plan.capabilities if p.capability is C.SERVING and p.model == name)
    kind, args_type = load(placement.implementation or "")
    assert args_type is ServingArgs
    around = {
        "registry": standins.Registry(),
        "object_store": standins.Store(),
        "gpu_pool": standins.GpuPool(),
        "ingress": standins.Ingress(),
        "monitoring": standins.Monitoring(),
        "models": tuple((plan.blueprint.model(m.name), m) for m in plan.models),
        **given,
    }
    args = ServingArgs(
        context=context_of(platform.plan),
        model=plan.blueprint.model(name),
        model_plan=plan.model(name),
        cluster=cluster,
        identity=platform.standing["here", C.IDENTITY],
        secrets=platform.standing["here", C.SECRETS],
        **around,
    )
    opts = pulumi.ResourceOptions(parent=platform, providers=[cluster.provider])
    return {"component": kind(f"yard-serving-{name}", args, opts), "args": args}
