"""Parts of a platform, recorded by themselves: from a blueprint's text to their manifests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from textwrap import dedent
from typing import Any

import yaml

from modelyard.blueprint.blueprint import Blueprint
from modelyard.plan.capability import Capability as C
from modelyard.plan.plan import Plan, make_plan
from modelyard.platform import Platform
from modelyard.recorder import Graph, Resource, record
from modelyard.recorder.monitor import Mode
from modelyard.recorder.values import plain
from modelyard.sites import offers

GROUND = {C.CLUSTER, C.IDENTITY, C.SECRETS}
"""What nearly every part stands on."""

HEAD = """
modelyard: 1
name: yard
team: {owner: ml@example.com, name: ml, domain: demo}
"""


def planned(text: str, environment: str | None = None) -> Plan:
    """The plan of a blueprint's text, under a head with name and team."""
    sections = {**yaml.safe_load(HEAD), **yaml.safe_load(dedent(text))}
    plan = make_plan(Blueprint.model_validate(sections), offers(), environment)
    assert not plan.errors, plan.errors
    return plan


def only(plan: Plan, *capabilities: C) -> Plan:
    """The plan with no more than these parts and the ground they stand on."""
    wanted = {*GROUND, *capabilities}
    return replace(plan, capabilities=tuple(p for p in plan.capabilities if p.capability in wanted))


def recorded(plan: Plan, *, deployed: bool = True) -> Graph:
    """The graph of a plan; with all values known, or (not `deployed`) previewed."""
    mode = Mode.UPDATE if deployed else Mode.PREVIEW
    return record(lambda: Platform(plan) and None, project="modelyard", stack="test", mode=mode)


def objects(graph: Graph, component: str) -> list[Mapping[str, Any]]:
    """The manifests under the component whose type ends in that name."""
    parents = {resource.urn for resource in graph if resource.type.endswith(f":{component}")}
    return [manifest(resource) for resource in graph if resource.parent in parents]


def manifest(resource: Resource) -> Mapping[str, Any]:
    """An object as the API would get it, secrets masked."""
    return plain(dict(resource.inputs))
