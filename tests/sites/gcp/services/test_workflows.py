"""Airflow and Workflows: private, scoped, and nothing is loaded that was not validated."""

from __future__ import annotations

import json
from typing import Any

from tests.support.gcp_services import PROJECT, of, paths, roles, served

from modelyard.recorder import check_inputs

AIRFLOW = "ingestion: {engine: airflow, requirements: ['pandas==2.2.3', 'dvc-gs[all] >= 3']}"
LOAD = """
ingestion:
  engine: workflows
  load: load-orders
  validation: dataplex
  every: 1h
  rules:
    - {table: orders, rules: [id IS NOT NULL]}
    - {table: customers, rules: [id IS NOT NULL]}
"""
PLACE = f"projects/{PROJECT}/locations/europe-west1"


def _environment(text: str) -> dict[str, Any]:
    [environment] = of(served(text, False), "composer/environment:Environment")
    return environment


def test_airflow_is_private_encrypted_and_kept() -> None:
    config = _environment(AIRFLOW)["config"]
    assert config["enablePrivateEnvironment"] is True
    assert config["encryptionConfig"]["kmsKeyName"]
    allowed = config["webServerNetworkAccessControl"]["allowedIpRanges"]
    assert [it["value"] for it in allowed] == ["10.0.0.0/16"]
    snapshots = config["recoveryConfig"]["scheduledSnapshotsConfig"]
    assert snapshots["enabled"] is True
    assert snapshots["snapshotLocation"].endswith("/airflow/snapshots/")


def test_airflow_is_reached_from_where_the_cluster_is() -> None:
    site = "region: europe-west1, project: acme-ml-prod"
    cluster = "cluster: {endpoint: restricted, allow: [203.0.113.0/24]}"
    text = f"sites: {{cloud: {{kind: gcp, {site}, {cluster}}}}}\n{AIRFLOW}"
    config = _environment(text)["config"]
    allowed = config["webServerNetworkAccessControl"]["allowedIpRanges"]
    assert [it["value"] for it in allowed] == ["203.0.113.0/24"]


def test_airflow_gets_its_packages_by_name_and_version() -> None:
    config = _environment(AIRFLOW)["config"]
    packages = config["softwareConfig"]["pypiPackages"]
    assert packages == {"pandas": "==2.2.3", "dvc-gs": "[all]>=3"}
    assert config["enablePrivateBuildsOnly"] is False
    without = _environment("ingestion: {engine: airflow}")["config"]
    assert without["enablePrivateBuildsOnly"] is True


def test_airflow_writes_its_snapshots_and_nothing_else_of_ours() -> None:
    graph = served(AIRFLOW, False)
    member = "${yard-ingestion.member}"
    assert {role for who, role in roles(graph) if who == member} == {"roles/composer.worker"}
    folders = of(graph, "storage/managedFolderIamMember:ManagedFolderIamMember")
    [writes] = [it for it in folders if it["member"] == member]
    assert writes["managedFolder"] == "airflow/snapshots/"


def test_airflow_tells_of_lineage_where_it_is_asked_to() -> None:
    told = "ingestion: {engine: airflow, lineage: dataplex}"
    wanted = _environment(told)["config"]["softwareConfig"]["cloudDataLineageIntegration"]
    assert wanted == {"enabled": True}


def _steps() -> dict[str, Any]:
    [workflow] = of(served(LOAD, False), "workflows/workflow:Workflow")
    return json.loads(str(workflow["sourceContents"]))


def test_nothing_is_loaded_before_every_table_is_validated() -> None:
    validate, load = _steps()["main"]["steps"]
    every = validate["validate_all"]["parallel"]["for"]
    assert every["in"] == [
        f"{PLACE}/dataScans/yard-customers-rules",
        f"{PLACE}/dataScans/yard-orders-rules",
    ]
    assert every["steps"] == [{"validate": {"call": "validated", "args": {"scan": "${scan}"}}}]
    assert load["load"]["args"]["name"] == f"{PLACE}/jobs/load-orders"


def test_a_verdict_that_is_bad_or_missing_ends_it() -> None:
    steps = {name: step for it in _steps()["validated"]["steps"] for name, step in it.items()}
    choices = steps["ended"]["switch"]
    assert [it["next"] for it in choices] == ["wait", "kept"]
    assert steps["ended"]["next"] == "broken"
    assert "raise" in steps["broken"]
    assert "false)" in choices[1]["condition"], "what is not there counts as false"
    led_to = {it["next"] for it in [*choices, steps["ended"]]}
    assert led_to <= set(steps)


def test_a_workflow_starts_these_scans_and_one_job() -> None:
    graph = served(LOAD, False)
    member = "${yard-ingestion-load.member}"
    scans = of(graph, "dataplex/datascanIamMember:DatascanIamMember")
    assert {(it["dataScanId"], it["member"]) for it in scans} == {
        ("yard-customers-rules", member),
        ("yard-orders-rules", member),
    }
    [job] = of(graph, "cloudrunv2/jobIamMember:JobIamMember")
    assert (job["name"], job["role"]) == ("load-orders", "roles/run.invoker")
    assert {role for who, role in roles(graph) if who == member} == {
        "roles/logging.logWriter",
        "${yard-ingestion-waits.name}",
    }
    made = of(graph, "projects/iAMCustomRole:IAMCustomRole")
    assert {str(it["roleId"]): it["permissions"] for it in made} == {
        "yard_load_scans": [
            "dataplex.datascans.get",
            "dataplex.datascans.getData",
            "dataplex.datascans.run",
        ],
        "yard_load_waits": ["run.operations.get"],
    }


def test_the_clock_starts_the_load_and_not_the_validation_beside_it() -> None:
    graph = served(LOAD, False)
    [clock] = of(graph, "cloudscheduler/job:Job")
    assert clock["schedule"] == "0 * * * *"
    assert str(clock["httpTarget"]["uri"]).endswith("/executions")
    assert clock["httpTarget"]["oauthToken"] == {
        "serviceAccountEmail": "${yard-ingestion-clock.email}"
    }
    starter = "${yard-ingestion-clock.member}"
    assert {role for who, role in roles(graph) if who == starter} == {"roles/workflows.invoker"}
    scans = of(graph, "dataplex/datascan:Datascan")
    assert all(it["executionSpec"] == {"trigger": {"onDemand": {}}} for it in scans)


def test_it_is_encrypted_logged_and_told_of() -> None:
    graph = served(LOAD, False)
    [workflow] = of(graph, "workflows/workflow:Workflow")
    assert workflow["cryptoKeyName"]
    assert workflow["callLogLevel"] == "LOG_ALL_CALLS"
    told = str(of(graph, "monitoring/alertPolicy:AlertPolicy"))
    assert "finished_execution_count" in told


def test_the_sdk_knows_every_input() -> None:
    assert check_inputs(served(LOAD)) == []
    assert check_inputs(served(AIRFLOW)) == []


def test_a_load_needs_a_job_and_rules() -> None:
    assert paths("ingestion: {engine: workflows}")[:2] == ["ingestion.engine"] * 2
    marked = """ingestion: {engine: airflow, requirements: ["pandas; python_version < '4'"]}"""
    assert paths(marked) == ["ingestion.requirements.0"]
    glue = (
        "ingestion: {engine: workflows, load: a, validation: glue, rules: [{table: a, rules: [b]}]}"
    )
    assert "ingestion.engine" in paths(glue)
