"""Core devices of a platform, recorded with the ground they stand on and without a cluster."""

from __future__ import annotations

from tests.support.heads import Head
from tests.support.standins import Store

from modelyard.plan.capability import Capability as C
from modelyard.plan.placement import Placement
from modelyard.platform import Platform
from modelyard.recorder import Graph

ACCOUNT, REGION = "123456789012", "eu-west-1"
HEAD = f"""
modelyard: 1
name: yard
team: {{owner: ml@example.com, name: ml, domain: demo}}
sites:
  cloud:
    kind: aws
    region: {REGION}
    account: "{ACCOUNT}"
    object_store: {{existing: [weights]}}
    devices: {{rings: [first, rest]}}
"""
_HEAD = Head(HEAD)
blueprint, found, planned = _HEAD.blueprint, _HEAD.found, _HEAD.planned
OLD, NEW = "s3://weights/trays/7/model.onnx", "s3://weights/trays/8/model.onnx"
ONE = f"name: trays, type: predictive, source: '{OLD}', serve: {{engine: greengrass, mode: edge}}"


class OnDevices(Platform):
    """What devices have, on a real account and keys, and a bucket of the tests'."""

    def _stand(self, placement: Placement, implementation: str) -> None:
        if placement.capability is C.OBJECT_STORE:
            self.standing[placement.site, placement.capability] = Store()
        elif placement.capability in (C.ACCOUNT, C.KMS) or ".greengrass." in implementation:
            super()._stand(placement, implementation)


def devices(text: str, *, deployed: bool = True) -> Graph:
    """The graph of what devices have for a blueprint."""
    return _HEAD.recorded(text, OnDevices, deployed=deployed)


def one(more: str = "", model: str = ONE) -> str:
    """A blueprint with one model on devices, and more of it."""
    return f"models: [{{{model}{', ' if more else ''}{more}}}]"
