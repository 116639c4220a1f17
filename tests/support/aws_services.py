"""Managed services of AWS, recorded on a whole site."""

from __future__ import annotations

from functools import cache

from tests.support.heads import Head

from modelyard.platform import Platform
from modelyard.recorder import Graph, Resource
from modelyard.recorder.values import plain

ACCOUNT, REGION = "123456789012", "eu-west-1"
HEAD = f"""
modelyard: 1
name: yard
team: {{owner: ml@example.com, name: ml, domain: demo}}
sites: {{cloud: {{kind: aws, region: {REGION}, account: "{ACCOUNT}"}}}}
"""
_HEAD = Head(HEAD)
blueprint, found, paths, planned = _HEAD.blueprint, _HEAD.found, _HEAD.paths, _HEAD.planned


@cache
def served(text: str, deployed: bool = True) -> Graph:
    """The graph of a whole platform."""
    return _HEAD.recorded(text, Platform, deployed=deployed)


def of(graph: Graph, kind: str) -> list[dict[str, object]]:
    """The inputs of every resource of a type of AWS: `msk/cluster:Cluster`."""
    return [plain(dict(it.inputs)) for it in graph.of_type(f"aws:{kind}")]


def under(graph: Graph, component: str) -> list[Resource]:
    """Everything below the component whose type ends in that name."""
    inside = {it.urn for it in graph if it.type.endswith(f":{component}")}
    found: list[Resource] = []
    for it in graph:
        if it.parent in inside:
            inside.add(it.urn)
            found.append(it)
    return found
