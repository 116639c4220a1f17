"""A cluster on machines of one's own."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.facilities import GPUS, Facilities, site, stood
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.parts import manifest

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph, check_inputs

METALLB = "load_balancer: {engine: metallb, addresses: [10.0.0.240-10.0.0.250, 10.1.0.0/28]}"
EVERYTHING = f"""
  storage_class: ceph-rbd, keys: {{engine: cert-manager}}, ingress: {{domain: plant.example}},
  database: {{engine: cloudnative-pg}}, cache: {{engine: redis}}, {METALLB}, {GPUS}
"""

UNVALIDATED = {
    ("metallb.io/v1beta1", "IPAddressPool"): "its CRD is not among those that tests are given",
    ("metallb.io/v1beta1", "L2Advertisement"): "its CRD is not among those that tests are given",
    ("postgresql.cnpg.io/v1", "Database"): "its CRD is not among those that tests are given",
}


def made(text: str) -> tuple[Graph, Any]:
    return stood(site(text, kind="onprem"), lambda platform: platform.part(C.CLUSTER).facts)


@pytest.mark.parametrize(
    ("settings", "waits"),
    [
        ("edge: false", True),
        ("load_balancer: {engine: node-port}", True),
        ("load_balancer: {engine: attach}", False),
        (METALLB, False),
    ],
)
def test_it_says_whether_a_load_balancer_would_ever_come(settings: str, waits: bool) -> None:
    assert made(f"{settings}, {GPUS}")[1].needs_load_balancer is waits


def test_metallb_hands_out_the_addresses_of_the_blueprint() -> None:
    graph, _ = made(f"{METALLB}, {GPUS}")
    (pool,) = graph.of_type("kubernetes:metallb.io/v1beta1:IPAddressPool")
    (seen,) = graph.of_type("kubernetes:metallb.io/v1beta1:L2Advertisement")
    assert pool.inputs["spec"] == {"addresses": ["10.0.0.240-10.0.0.250", "10.1.0.0/28"]}
    assert seen.inputs["spec"] == {"ipAddressPools": [pool.inputs["metadata"]["name"]]}
    releases = graph.of_type("kubernetes:helm.sh/v3:Release")
    release = next(r for r in releases if r.inputs["name"] == "metallb")
    assert release.urn in pool.dependencies
    assert pool.inputs["metadata"]["namespace"] == release.inputs["namespace"]


def test_volumes_have_the_class_of_the_blueprint() -> None:
    graph, facts = made(EVERYTHING)
    assert facts.storage_class == "ceph-rbd"
    claims = [
        template["spec"]["storageClassName"]
        for r in graph.of_type("kubernetes:apps/v1:StatefulSet")
        for template in r.inputs["spec"]["volumeClaimTemplates"]
    ]
    (cluster,) = graph.of_type("kubernetes:postgresql.cnpg.io/v1:Cluster")
    assert {*claims, cluster.inputs["spec"]["storage"]["storageClass"]} == {"ceph-rbd"}


@pytest.mark.skipif(not crds_available(), reason=crds_reason())
def test_every_object_is_valid() -> None:
    graph, _ = made(EVERYTHING)
    objects = [manifest(r) for r in graph if "apiVersion" in r.inputs]
    checked = [o for o in objects if (o["apiVersion"], o["kind"]) not in UNVALIDATED]
    assert {o["metadata"]["name"]: violations(o) for o in checked if violations(o)} == {}
    assert len(checked) > 50


def test_inputs_are_what_the_sdks_take() -> None:
    assert check_inputs(made(EVERYTHING)[0]) == []


def test_it_has_the_same_facilities_as_any_cluster() -> None:
    def standing(platform: Facilities) -> Any:
        return {capability for _, capability in platform.standing}

    shared = "keys: {engine: cert-manager}, ingress: {domain: plant.example}"
    plain, bare = (
        stood(site(f"{shared}, {GPUS}", kind=kind), standing)[1]
        for kind in ("kubernetes", "onprem")
    )
    assert plain == bare
