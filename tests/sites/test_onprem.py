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
        ("distribution: {engine: k3s}", False),
        ("distribution: {engine: k3s, disabled: [servicelb]}", True),
        ("distribution: {engine: k3s}, load_balancer: {engine: node-port}", True),
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


LOCAL_PATH = "storage: {engine: local-path, path: /data/volumes}"
ROOK = "storage: {engine: rook, devices: '^nvme[1-9]n1$', replicas: 2}"


def released(graph: Graph) -> dict[str, Any]:
    """The values of each chart, by release."""
    releases = graph.of_type("kubernetes:helm.sh/v3:Release")
    return {r.inputs["name"]: r.inputs["values"] for r in releases}


def test_a_cluster_without_storage_is_given_folders_of_its_nodes() -> None:
    graph, facts = made(f"{LOCAL_PATH}, {GPUS}")
    values = released(graph)["local-path-provisioner"]
    made_class = values["storageClass"]
    assert (made_class["name"], made_class["defaultClass"]) == ("local-path", True)
    assert [entry["paths"] for entry in values["nodePathMap"]] == [["/data/volumes"]]
    assert values["helperImage"]["tag"] not in ("", "latest")
    assert facts.storage_class == "local-path"
    assert claimed(graph) == {"local-path"}


def test_a_class_that_is_made_may_have_another_name_and_not_be_the_default() -> None:
    own = "storage_class: fast, storage: {engine: local-path, default: false}"
    graph, facts = made(f"{own}, {GPUS}")
    made_class = released(graph)["local-path-provisioner"]["storageClass"]
    assert (made_class["name"], made_class["defaultClass"]) == ("fast", False)
    assert facts.storage_class == "fast"


def test_a_cluster_without_storage_is_given_ceph_on_its_disks() -> None:
    graph, facts = made(f"{ROOK}, {GPUS}")
    (ceph,) = graph.of_type("kubernetes:ceph.rook.io/v1:CephCluster")
    (pool,) = graph.of_type("kubernetes:ceph.rook.io/v1:CephBlockPool")
    (its_class,) = graph.of_type("kubernetes:storage.k8s.io/v1:StorageClass")
    disks = ceph.inputs["spec"]["storage"]
    assert (disks["useAllNodes"], disks["useAllDevices"]) == (True, False)
    assert disks["deviceFilter"] == "^nvme[1-9]n1$"
    assert disks["config"] == {"encryptedDevice": "true"}
    assert pool.inputs["spec"]["replicated"]["size"] == 2
    assert its_class.inputs["parameters"]["pool"] == pool.inputs["metadata"]["name"]
    assert facts.storage_class == its_class.inputs["metadata"]["name"] == "ceph-block"
    assert claimed(graph) == {"ceph-block"}
    assert (ceph.protect, pool.protect, its_class.protect) == (True, True, False)
    assert {"rook-ceph", "ceph-csi-drivers"} <= set(released(graph))


def test_ceph_waits_for_the_kinds_that_its_chart_brings() -> None:
    graph, _ = made(f"{ROOK}, {GPUS}")
    (ceph,) = graph.of_type("kubernetes:ceph.rook.io/v1:CephCluster")
    last = next(
        r.urn
        for r in graph.of_type("kubernetes:helm.sh/v3:Release")
        if r.inputs["name"] == "ceph-csi-drivers"
    )
    assert last in ceph.dependencies


def test_k3s_is_given_nothing_that_it_brings() -> None:
    graph, facts = made(f"distribution: {{engine: k3s}}, {GPUS}")
    assert facts.storage_class is None
    assert not {"metallb", "local-path-provisioner", "rook-ceph"} & set(released(graph))


def test_a_metrics_server_is_installed_where_it_is_asked_for() -> None:
    graph, _ = made(f"operators: {{metrics-server: create}}, {GPUS}")
    assert released(graph)["metrics-server"]["args"] == ["--kubelet-insecure-tls"]


def test_what_is_installed_at_the_edge_asks_for_what_it_needs_and_has_a_limit() -> None:
    """What asks for nothing is put out first where memory runs short."""
    settings = f"{METALLB}, {LOCAL_PATH}, keys: {{engine: cert-manager}}"
    small = released(made(f"edge: true, {settings}, {GPUS}")[0])
    assert small["cert-manager"]["webhook"]["resources"]["limits"]["memory"] == "128Mi"
    assert small["metallb"]["speaker"]["resources"]["requests"]["memory"] == "64Mi"
    assert small["local-path-provisioner"]["resources"]["limits"]["memory"] == "128Mi"
    spec = small["kube-prometheus-stack"]["prometheus"]["prometheusSpec"]
    assert spec["resources"]["limits"]["memory"] == "1Gi"
    assert spec["retention"] == "15d"
    large = released(made(f"{settings}, {GPUS}")[0])
    assert "resources" not in large["cert-manager"]
    assert "resources" not in large["kube-prometheus-stack"]["prometheus"]["prometheusSpec"]


def claimed(graph: Graph) -> set[str]:
    """The classes of volumes that servers claim."""
    return {
        template["spec"]["storageClassName"]
        for r in graph.of_type("kubernetes:apps/v1:StatefulSet")
        for template in r.inputs["spec"]["volumeClaimTemplates"]
    }


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


@pytest.mark.parametrize("storage", ["storage: {}", LOCAL_PATH, ROOK])
def test_inputs_are_what_the_sdks_take(storage: str) -> None:
    assert check_inputs(made(f"{storage}, {EVERYTHING}")[0]) == []


def test_it_has_the_same_facilities_as_any_cluster() -> None:
    def standing(platform: Facilities) -> Any:
        return {capability for _, capability in platform.standing}

    shared = "keys: {engine: cert-manager}, ingress: {domain: plant.example}"
    plain, bare = (
        stood(site(f"{shared}, {GPUS}", kind=kind), standing)[1]
        for kind in ("kubernetes", "onprem")
    )
    assert plain == bare
