"""PostgreSQL on Google Cloud: encrypted, reached from inside alone, backed up."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.support.facilities import Facilities
from tests.support.gcp_ground import CLUSTER, SENSITIVE, ground, of, only

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph

ALLOYDB = "database: {engine: alloydb}"
SQL = "sql/databaseInstance:DatabaseInstance"


def ask(platform: Facilities) -> Any:
    return platform.part(C.DATABASE).access("registry")


@cache
def stands(text: str = "", more: str = "protect: true") -> tuple[Graph, Any]:
    wanted = {*CLUSTER, C.SECRETS, C.DATABASE, C.REGISTRY}
    return ground(*wanted, text=text, more=more, use=ask)


def server(text: str = "", more: str = "protect: true") -> dict[str, Any]:
    return only(stands(text, more)[0], SQL)


def test_only_the_platform_s_endpoint_leads_to_it() -> None:
    reached = server()["settings"]["ipConfiguration"]
    assert reached["ipv4Enabled"] is False
    assert reached["sslMode"] == "ENCRYPTED_ONLY"
    assert reached["pscConfigs"] == [
        {"pscEnabled": True, "allowedConsumerProjects": ["acme-ml-prod"]}
    ]
    rule = only(stands()[0], "compute/forwardingRule:ForwardingRule")
    assert rule["target"] == "${yard-database.pscServiceAttachmentLink}"
    assert rule["network"] == "${yard-vpc.id}"
    assert rule["allowPscGlobalAccess"] is False


def test_it_is_encrypted_and_protected_and_named_anew_each_time() -> None:
    made = server()
    assert made["encryptionKeyName"] == "${yard-kms-data.id}"
    assert made["deletionProtection"]
    assert made["settings"]["deletionProtectionEnabled"]
    assert made["name"] == "yard-${yard-account-suffix.hex}"


@pytest.mark.parametrize(
    ("more", "days"), [("protect: true", 7), (f"protect: true\n{SENSITIVE}", 35)]
)
def test_every_write_of_a_week_can_be_had_back(more: str, days: int) -> None:
    kept = server(more=more)["settings"]["backupConfiguration"]
    assert kept["enabled"]
    assert kept["pointInTimeRecoveryEnabled"]
    assert kept["backupRetentionSettings"]["retainedBackups"] == days
    assert kept["location"] == "europe-west1"


def test_storage_grows_up_to_five_times_what_is_asked_for() -> None:
    settings = server("database: {size: 50Gi}")["settings"]
    assert (settings["diskSize"], settings["diskAutoresizeLimit"]) == (50, 250)
    assert settings["diskAutoresize"]


@pytest.mark.parametrize(
    ("text", "more", "kind"),
    [
        ("", "protect: true", "ZONAL"),
        ("database: {standby: true}", "protect: true", "REGIONAL"),
        ("", f"protect: true\n{SENSITIVE}", "REGIONAL"),
    ],
)
def test_a_second_server_is_there_where_it_is_asked_for(text: str, more: str, kind: str) -> None:
    assert server(text, more)["settings"]["availabilityType"] == kind


def test_it_logs_who_comes_and_what_is_slow() -> None:
    flags = {it["name"]: it["value"] for it in server()["settings"]["databaseFlags"]}
    assert flags["log_connections"] == flags["cloudsql.enable_pgaudit"] == "on"
    assert flags["log_min_duration_statement"] == "1000"


def test_its_own_user_is_the_jobs_alone_and_goes_with_it() -> None:
    graph, access = stands()
    [user] = graph.of_type("gcp:sql/user:User")
    assert user.deleted_with
    assert user.inputs["name"] == "modelyard"
    assert access.endpoint.port == 5432


def test_alloydb_is_reached_encrypted_and_kept_alike() -> None:
    graph, _ = stands(ALLOYDB)
    assert of(graph, SQL) == {}
    cluster = only(graph, "alloydb/cluster:Cluster")
    key = {"kmsKeyName": "${yard-kms-data.id}"}
    assert cluster["pscConfig"] == {"pscEnabled": True}
    assert cluster["encryptionConfig"] == key
    for backup in ("continuousBackupConfig", "automatedBackupPolicy"):
        assert cluster[backup]["enabled"]
        assert cluster[backup]["encryptionConfig"] == key
    primary = only(graph, "alloydb/instance:Instance")
    assert primary["clientConnectionConfig"]["sslConfig"]["sslMode"] == "ENCRYPTED_ONLY"
    assert primary["availabilityType"] == "ZONAL"
    rule = only(graph, "compute/forwardingRule:ForwardingRule")
    assert rule["target"].startswith("${yard-database.pscInstanceConfig")


@pytest.mark.parametrize(
    ("more", "policy"), [("protect: true", "DEFAULT"), ("protect: false", "FORCE")]
)
def test_alloydb_goes_whole_where_nothing_is_protected(more: str, policy: str) -> None:
    assert only(stands(ALLOYDB, more)[0], "alloydb/cluster:Cluster")["deletionPolicy"] == policy
