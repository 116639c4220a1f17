"""SageMaker's part of a platform, recorded with the ground it stands on and without a cluster."""

from __future__ import annotations

from tests.support.heads import Head
from tests.support.standins import Store

from modelyard.plan.capability import Capability as C
from modelyard.plan.placement import Placement
from modelyard.platform import Platform
from modelyard.recorder import Graph, Resource

ACCOUNT = "123456789012"
HEAD = f"""
modelyard: 1
name: yard
team: {{owner: ml@example.com, name: ml, domain: demo}}
sites: {{cloud: {{kind: aws, region: eu-west-1, account: "{ACCOUNT}"}}}}
"""
_HEAD = Head(HEAD)
blueprint, found, planned = _HEAD.blueprint, _HEAD.found, _HEAD.planned
IMAGE = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/churn:1"
GROUND = (C.ACCOUNT, C.VPC, C.KMS)


class Hosted(Platform):
    """What SageMaker runs, on a real account, network and keys, and a bucket of the tests'."""

    def _stand(self, placement: Placement, implementation: str) -> None:
        if placement.capability is C.OBJECT_STORE:
            self.standing[placement.site, placement.capability] = Store()
        elif placement.capability in GROUND or ".sagemaker." in implementation:
            super()._stand(placement, implementation)


def hosted(text: str, *, deployed: bool = True) -> Graph:
    """The graph of what SageMaker runs for a blueprint."""
    return _HEAD.recorded(text, Hosted, deployed=deployed)


def only(graph: Graph, kind: str) -> Resource:
    """The one resource of SageMaker's of a type: `endpoint:Endpoint`."""
    [found] = graph.of_type(f"aws:sagemaker/{kind}")
    return found
