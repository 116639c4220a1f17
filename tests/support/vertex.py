"""What Google runs itself of a platform, recorded with the ground it stands on."""

from __future__ import annotations

from typing import Any

from tests.support.heads import Head

from modelyard.plan.capability import Capability as C
from modelyard.plan.placement import Placement
from modelyard.platform import Platform
from modelyard.recorder import Graph, Resource
from modelyard.recorder.values import plain

PROJECT, REGION = "acme-vertex-prod", "europe-west4"
HEAD = f"""
modelyard: 1
name: yard
team: {{owner: ml@example.com, name: ml, domain: demo}}
sites: {{cloud: {{kind: gcp, region: {REGION}, project: {PROJECT}}}}}
"""
_HEAD = Head(HEAD)
blueprint, found, planned = _HEAD.blueprint, _HEAD.found, _HEAD.planned
IMAGE = f"{REGION}-docker.pkg.dev/{PROJECT}/yard-models/churn:1"
GROUND = (C.ACCOUNT, C.VPC, C.KMS, C.CLUSTER, C.IDENTITY, C.OBJECT_STORE)


class Hosted(Platform):
    """What Google runs, on a real ground, and nothing of what runs in the cluster."""

    def _stand(self, placement: Placement, implementation: str) -> None:
        if placement.capability in GROUND or ".vertex." in implementation:
            super()._stand(placement, implementation)


def places(text: str) -> set[str]:
    """Where the errors are: `models.0.serve.image`."""
    return set(_HEAD.paths(text))


def hosted(text: str, *, deployed: bool = False) -> Graph:
    """The graph of what Google runs for a blueprint; as a preview, where outputs have names."""
    return _HEAD.recorded(text, Hosted, deployed=deployed)


def of(graph: Graph, kind: str) -> list[Resource]:
    """The resources of a type of Google's: `vertex/aiTensorboard:AiTensorboard`."""
    return list(graph.of_type(f"gcp:{kind}"))


def only(graph: Graph, kind: str) -> dict[str, Any]:
    """The inputs of the one resource of a type."""
    [found] = of(graph, kind)
    return plain(dict(found.inputs))
