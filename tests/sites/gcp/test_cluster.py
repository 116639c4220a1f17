"""GKE clusters: closed, encrypted, and known to IAM alone."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.support.gcp_ground import CLUSTER, ground, of, only

from modelyard.catalog.gke import gke
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph

MODES = ("standard", "auto")


@cache
def graph(text: str = "", more: str = "") -> Graph:
    return ground(*CLUSTER, C.KMS, text=f"cluster: {{{text}}}" if text else "", more=more)[0]


def cluster(text: str = "", more: str = "") -> dict[str, Any]:
    return only(graph(text, more), "container/cluster:Cluster")


def pools(text: str = "") -> dict[str, Any]:
    found = of(graph(text), "container/nodePool:NodePool").values()
    return {it["name"]: it for it in found}


@pytest.mark.parametrize("mode", MODES)
def test_a_cluster_is_closed_and_encrypted(mode: str) -> None:
    made = cluster(f"mode: {mode}")
    assert made["privateClusterConfig"] == {"enablePrivateNodes": True}
    reached = made["controlPlaneEndpointsConfig"]
    assert reached["dnsEndpointConfig"]["allowExternalTraffic"]
    assert reached["ipEndpointsConfig"] == {"enabled": False}
    assert made["databaseEncryption"] == {
        "state": "ENCRYPTED",
        "keyName": "${yard-kms-secrets.id}",
    }
    assert made["masterAuth"]["clientCertificateConfig"] == {"issueClientCertificate": False}
    assert made["enableFqdnNetworkPolicy"]
    assert made["binaryAuthorization"]["evaluationMode"] == "PROJECT_SINGLETON_POLICY_ENFORCE"
    assert made["location"] == "europe-west1"
    assert made["minMasterVersion"] == gke().default
    window = made["maintenancePolicy"]["recurringWindow"]
    assert window["recurrence"] == "FREQ=WEEKLY;BYDAY=SA,SU"


def test_nodes_of_ours_run_what_is_signed_and_tell_pods_who_they_are() -> None:
    made = cluster()
    assert made["datapathProvider"] == "ADVANCED_DATAPATH"
    assert made["workloadIdentityConfig"] == {"workloadPool": "acme-ml-prod.svc.id.goog"}
    assert made["enableShieldedNodes"]
    for pool in pools().values():
        config = pool["nodeConfig"]
        assert config["shieldedInstanceConfig"]["enableSecureBoot"]
        assert config["workloadMetadataConfig"] == {"mode": "GKE_METADATA"}
        assert config["bootDiskKmsKey"] == "${yard-kms-data.id}"
        assert config["serviceAccount"] == "${yard-cluster-nodes.email}"
        assert pool["networkConfig"] == {"enablePrivateNodes": True}
        assert pool["management"] == {"autoRepair": True, "autoUpgrade": True}


def test_it_is_reached_by_address_only_from_where_the_blueprint_says() -> None:
    made = cluster("endpoint: restricted, allow: [203.0.113.0/24]")
    assert made["controlPlaneEndpointsConfig"]["ipEndpointsConfig"] == {"enabled": True}
    allowed = made["masterAuthorizedNetworksConfig"]
    assert [it["cidrBlock"] for it in allowed["cidrBlocks"]] == ["203.0.113.0/24"]
    assert not allowed["gcpPublicCidrsAccessEnabled"]
    assert "masterAuthorizedNetworksConfig" not in cluster()


def test_system_nodes_are_always_there_and_others_when_a_pod_waits() -> None:
    scaled = {name: it["autoscaling"] for name, it in pools().items()}
    assert scaled["system"]["totalMinNodeCount"] == 3
    assert scaled["general"]["totalMinNodeCount"] == 0
    assert scaled["general"]["totalMaxNodeCount"] >= 1


def test_spot_falls_back_on_what_is_always_to_be_had() -> None:
    found = pools("nodes: {capacity: spot}")
    assert found["general-spot"]["nodeConfig"]["spot"]
    assert "spot" not in found["general"]["nodeConfig"]


def test_arm_is_asked_for_by_the_machine() -> None:
    found = pools("nodes: {architecture: arm64}")
    assert found["general"]["nodeConfig"]["machineType"].startswith(("c4a-", "t2a-", "n4a-"))


@pytest.mark.parametrize(("text", "size"), [("", 256), ("nodes: {max_cpu: 4}", 4)])
def test_scaling_stops_at_so_many_processors(text: str, size: int) -> None:
    general = pools(text)["general"]
    cores = int(general["nodeConfig"]["machineType"].rpartition("-")[2])
    assert general["autoscaling"]["totalMaxNodeCount"] == max(1, size // cores)


def test_on_autopilot_nodes_are_google_s() -> None:
    assert pools("mode: auto") == {}
    defaults = cluster("mode: auto")["clusterAutoscaling"]["autoProvisioningDefaults"]
    assert defaults["serviceAccount"] == "${yard-cluster-nodes.email}"
    assert defaults["bootDiskKmsKey"] == "${yard-kms-data.id}"


def test_the_cluster_knows_the_groups_that_the_blueprint_names() -> None:
    access = "access: {admins: [group:ops@example.com], viewers: [a@example.com, group:inside]}"
    assert cluster(more=access)["authenticatorGroupsConfig"] == {
        "securityGroup": "gke-security-groups@example.com"
    }
    assert "authenticatorGroupsConfig" not in cluster(more="access: {viewers: [a@example.com]}")


def test_people_find_the_cluster_and_no_more() -> None:
    access = "access: {admins: [group:ops@example.com], viewers: [a@example.com, group:inside]}"
    found = of(graph(more=access), "projects/iAMMember:IAMMember").values()
    people = {it["member"]: it["role"] for it in found if it["member"].startswith(("u", "group"))}
    assert people == dict.fromkeys(
        ("group:ops@example.com", "user:a@example.com"), "roles/container.clusterViewer"
    )


def test_volumes_are_encrypted_by_the_platform_s_key() -> None:
    [volumes] = [it for it in graph() if it.inputs.get("kind") == "StorageClass"]
    assert volumes.inputs["parameters"]["disk-encryption-kms-key"] == "${yard-kms-data.id}"


def test_an_attached_cluster_is_read() -> None:
    attached = graph("attach: {name: shared}")
    assert of(attached, "container/cluster:Cluster") == {}
    [read] = attached.of_type("gcp:container/cluster:Cluster")
    assert read.import_id == "projects/acme-ml-prod/locations/europe-west1/clusters/shared"
