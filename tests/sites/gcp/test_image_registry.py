"""The caches of Artifact Registry inside a service perimeter."""

from __future__ import annotations

import pytest
from tests.support.gcp_ground import CLUSTER, ground, of

from modelyard.plan.capability import Capability as C

KIND = "artifactregistry/vpcscConfig:VpcscConfig"
PERIMETER = "perimeter: {policy: '123456789', access_levels: [ci], dry_run: %s}"


def test_inside_a_perimeter_caches_may_fetch() -> None:
    graph, _ = ground(*CLUSTER, C.IMAGE_REGISTRY, text=PERIMETER % "false")
    (asked,) = of(graph, KIND).values()
    assert (asked["location"], asked["vpcscPolicy"]) == ("europe-west1", "ALLOW")
    (around,) = graph.of_type("gcp:accesscontextmanager/servicePerimeter:ServicePerimeter")
    (config,) = graph.of_type(f"gcp:{KIND}")
    assert around.urn in config.dependencies


@pytest.mark.parametrize("text", ["", PERIMETER % "true"])
def test_outside_of_one_there_is_nothing_to_allow(text: str) -> None:
    graph, _ = ground(*CLUSTER, C.IMAGE_REGISTRY, text=text)
    assert of(graph, KIND) == {}
