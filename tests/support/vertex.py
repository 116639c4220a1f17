"""What Google runs itself of a platform, recorded with the ground it stands on."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import yaml

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks import check
from modelyard.blueprint.checks.finding import Finding
from modelyard.plan.capability import Capability as C
from modelyard.plan.placement import Placement
from modelyard.plan.plan import Plan, make_plan
from modelyard.platform import Platform
from modelyard.recorder import Graph, Resource, record
from modelyard.recorder.monitor import Mode
from modelyard.recorder.values import plain
from modelyard.sites import offers

PROJECT, REGION = "acme-vertex-prod", "europe-west4"
HEAD = f"""
modelyard: 1
name: yard
team: {{owner: ml@example.com, name: ml, domain: demo}}
sites: {{cloud: {{kind: gcp, region: {REGION}, project: {PROJECT}}}}}
"""
IMAGE = f"{REGION}-docker.pkg.dev/{PROJECT}/yard-models/churn:1"
GROUND = (C.ACCOUNT, C.VPC, C.KMS, C.CLUSTER, C.IDENTITY, C.OBJECT_STORE)


class Hosted(Platform):
    """What Google runs, on a real ground, and nothing of what runs in the cluster."""

    def _stand(self, placement: Placement, implementation: str) -> None:
        if placement.capability in GROUND or ".vertex." in implementation:
            super()._stand(placement, implementation)


def blueprint(text: str) -> Blueprint:
    """A blueprint under a head with a site on Google Cloud, which `text` may replace."""
    return Blueprint.model_validate({**yaml.safe_load(HEAD), **yaml.safe_load(dedent(text))})


def found(text: str) -> list[Finding]:
    """What the checks and the plan say of a blueprint, errors alone."""
    made = blueprint(text)
    findings = [*check(made), *make_plan(made, offers()).findings]
    return [finding for finding in findings if finding.severity == "error"]


def places(text: str) -> set[str]:
    """Where the errors are: `models.0.serve.image`."""
    return {".".join(map(str, finding.path)) for finding in found(text)}


def planned(text: str) -> Plan:
    """A plan without errors."""
    assert not (errors := found(text)), errors
    return make_plan(blueprint(text), offers())


def hosted(text: str, *, deployed: bool = False) -> Graph:
    """The graph of what Google runs for a blueprint; as a preview, where outputs have names."""
    plan = planned(text)
    mode = Mode.UPDATE if deployed else Mode.PREVIEW
    config = {"pulumi:disable-default-providers": '["*"]'}
    program = lambda: Hosted(plan) and None  # noqa: E731
    return record(program, project="modelyard", stack="test", config=config, mode=mode)


def of(graph: Graph, kind: str) -> list[Resource]:
    """The resources of a type of Google's: `vertex/aiTensorboard:AiTensorboard`."""
    return list(graph.of_type(f"gcp:{kind}"))


def only(graph: Graph, kind: str) -> dict[str, Any]:
    """The inputs of the one resource of a type."""
    [found] = of(graph, kind)
    return plain(dict(found.inputs))
