"""SageMaker's part of a platform, recorded with the ground it stands on and without a cluster."""

from __future__ import annotations

from textwrap import dedent

import yaml
from tests.support.standins import Store

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks import check
from modelyard.blueprint.checks.finding import Finding
from modelyard.plan.capability import Capability as C
from modelyard.plan.placement import Placement
from modelyard.plan.plan import Plan, make_plan
from modelyard.platform import Platform
from modelyard.recorder import Graph, Resource, record
from modelyard.recorder.monitor import Mode
from modelyard.sites import offers

ACCOUNT = "123456789012"
HEAD = f"""
modelyard: 1
name: yard
team: {{owner: ml@example.com, name: ml, domain: demo}}
sites: {{cloud: {{kind: aws, region: eu-west-1, account: "{ACCOUNT}"}}}}
"""
IMAGE = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/churn:1"
GROUND = (C.ACCOUNT, C.VPC, C.KMS)


class Hosted(Platform):
    """What SageMaker runs, on a real account, network and keys, and a bucket of the tests'."""

    def _stand(self, placement: Placement, implementation: str) -> None:
        if placement.capability is C.OBJECT_STORE:
            self.standing[placement.site, placement.capability] = Store()
        elif placement.capability in GROUND or ".sagemaker." in implementation:
            super()._stand(placement, implementation)


def blueprint(text: str) -> Blueprint:
    """A blueprint under a head with a site on AWS, which `text` may replace."""
    return Blueprint.model_validate({**yaml.safe_load(HEAD), **yaml.safe_load(dedent(text))})


def found(text: str) -> list[Finding]:
    """What the checks and the plan say of a blueprint, errors alone."""
    made = blueprint(text)
    findings = [*check(made), *make_plan(made, offers()).findings]
    return [finding for finding in findings if finding.severity == "error"]


def planned(text: str) -> Plan:
    """A plan without errors."""
    assert not (errors := found(text)), errors
    return make_plan(blueprint(text), offers())


def hosted(text: str, *, deployed: bool = True) -> Graph:
    """The graph of what SageMaker runs for a blueprint."""
    plan = planned(text)
    mode = Mode.UPDATE if deployed else Mode.PREVIEW
    config = {"pulumi:disable-default-providers": '["*"]'}
    program = lambda: Hosted(plan) and None  # noqa: E731
    return record(program, project="modelyard", stack="test", config=config, mode=mode)


def only(graph: Graph, kind: str) -> Resource:
    """The one resource of SageMaker's of a type: `endpoint:Endpoint`."""
    [found] = graph.of_type(f"aws:sagemaker/{kind}")
    return found
