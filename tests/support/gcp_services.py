"""Managed services of Google Cloud, recorded on a whole site."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.support.heads import Head

from modelyard.platform import Platform
from modelyard.recorder import Graph
from modelyard.recorder.values import plain

PROJECT, REGION = "acme-ml-prod", "europe-west1"
HEAD = f"""
modelyard: 1
name: yard
team: {{owner: ml@example.com, name: ml, domain: demo}}
sites: {{cloud: {{kind: gcp, region: {REGION}, project: {PROJECT}}}}}
"""
_HEAD = Head(HEAD)
blueprint, found, paths, planned = _HEAD.blueprint, _HEAD.found, _HEAD.paths, _HEAD.planned


@cache
def served(text: str, deployed: bool = True) -> Graph:
    """The graph of a whole platform."""
    return _HEAD.recorded(text, Platform, deployed=deployed)


def of(graph: Graph, kind: str) -> list[dict[str, Any]]:
    """The inputs of every resource of a type of Google Cloud: `managedkafka/cluster:Cluster`."""
    return [plain(dict(it.inputs)) for it in graph.of_type(f"gcp:{kind}")]


def roles(graph: Graph, kind: str = "projects/iAMMember:IAMMember") -> set[tuple[str, str]]:
    """Who has which role, as inputs of a preview say it."""
    return {(str(it["member"]), str(it["role"])) for it in of(graph, kind)}
