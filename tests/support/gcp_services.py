"""Managed services of Google Cloud, recorded on a whole site."""

from __future__ import annotations

from functools import cache
from textwrap import dedent
from typing import Any

import yaml

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks import check
from modelyard.blueprint.checks.finding import Finding
from modelyard.plan.plan import Plan, make_plan
from modelyard.platform import Platform
from modelyard.recorder import Graph, record
from modelyard.recorder.monitor import Mode
from modelyard.recorder.values import plain
from modelyard.sites import offers

PROJECT, REGION = "acme-ml-prod", "europe-west1"
HEAD = f"""
modelyard: 1
name: yard
team: {{owner: ml@example.com, name: ml, domain: demo}}
sites: {{cloud: {{kind: gcp, region: {REGION}, project: {PROJECT}}}}}
"""
DENIED = {"pulumi:disable-default-providers": '["*"]'}


def blueprint(text: str) -> Blueprint:
    """A blueprint under a head with a site on Google Cloud, which `text` may replace."""
    return Blueprint.model_validate({**yaml.safe_load(HEAD), **yaml.safe_load(dedent(text))})


def found(text: str) -> list[Finding]:
    """What the checks and the plan say of a blueprint, errors alone."""
    made = blueprint(text)
    findings = [*check(made), *make_plan(made, offers()).findings]
    return [finding for finding in findings if finding.severity == "error"]


def paths(text: str) -> list[str]:
    """Where a blueprint is refused: `ingestion.topics`."""
    return [".".join(map(str, finding.path)) for finding in found(text)]


def planned(text: str) -> Plan:
    """A plan without errors."""
    assert not (errors := found(text)), errors
    return make_plan(blueprint(text), offers())


@cache
def served(text: str, deployed: bool = True) -> Graph:
    """The graph of a whole platform."""
    plan = planned(text)
    mode = Mode.UPDATE if deployed else Mode.PREVIEW
    program = lambda: Platform(plan) and None  # noqa: E731
    return record(program, project="modelyard", stack="test", config=DENIED, mode=mode)


def of(graph: Graph, kind: str) -> list[dict[str, Any]]:
    """The inputs of every resource of a type of Google Cloud: `managedkafka/cluster:Cluster`."""
    return [plain(dict(it.inputs)) for it in graph.of_type(f"gcp:{kind}")]


def roles(graph: Graph, kind: str = "projects/iAMMember:IAMMember") -> set[tuple[str, str]]:
    """Who has which role, as inputs of a preview say it."""
    return {(str(it["member"]), str(it["role"])) for it in of(graph, kind)}
