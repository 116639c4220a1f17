"""Small platforms, as the recorder would have them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support import shipped

from modelyard.plan.plan import Plan
from modelyard.program import plan_file
from modelyard.recorder import Graph, Resource
from modelyard.review.view import View

CLUSTER = "urn:pulumi:dev::modelyard::pulumi:providers:kubernetes::yard-cluster"


def thing(
    type: str, name: str, inputs: Any = None, *, protect: bool = False, **made_of: Resource
) -> Resource:
    """A resource; each of `made_of` is what the property of that name is made of."""
    return Resource(
        urn=f"urn:pulumi:dev::modelyard::{type}::{name}",
        type=type,
        name=name,
        custom=True,
        provider=CLUSTER if type.startswith("kubernetes:") else None,
        protect=protect,
        inputs=inputs or {},
        property_dependencies={key: (other.urn,) for key, other in made_of.items()},
    )


def referring(
    type: str, name: str, inputs: Any, property: str, other: Resource, *, protect: bool = False
) -> Resource:
    """A resource whose property, of whatever name, is made of another."""
    made = thing(type, name, inputs, protect=protect)
    return replace(made, property_dependencies={property: (other.urn,)})


def manifest(api: str, kind: str, name: str, namespace: str = "prod", **more: Any) -> Resource:
    """An object of Kubernetes."""
    group = api if "/" in api else f"core/{api}"
    metadata = {"name": name, "namespace": namespace}
    inputs = {"apiVersion": api, "kind": kind, "metadata": metadata, **more}
    return thing(f"kubernetes:{group}:{kind}", f"yard-{name}", inputs)


def plan(name: str = "quickstart", environment: str | None = None) -> Plan:
    """The plan of a shipped blueprint: what is said of a graph besides its resources."""
    return plan_file(shipped.FOLDER / f"{name}.yaml", environment).plan


def view(*resources: Resource, of: Plan | None = None) -> View:
    """What the sections look at."""
    return View(of or plan(), Graph.of("modelyard", "dev", resources, {}))


def shipped_view(case: shipped.Case) -> View:
    """A shipped blueprint as `plan` looks at it."""
    return View(shipped.planned(case).plan, shipped.recorded(case, deployed=False))
