"""Validation by Dataplex and versions by DVC: what runs, as whom, and who hears of it."""

from __future__ import annotations

from tests.support.gcp_services import PROJECT, of, paths, roles, served

from modelyard.recorder import check_inputs
from modelyard.sites.gcp.bucket_grants import SEE, WRITE

TEXT = """
ingestion:
  validation: dataplex
  every: 6h
  rules: [{table: orders, rules: [id IS NOT NULL, "select id from ${data()} where amount < 0"]}]
  versioning: dvc
  repositories: [github.com/acme/churn, github.com/acme/fraud, gitlab.com/acme/ml/data]
  branch: release
pipelines: {engine: argo}
"""
GIVEN = TEXT.replace("every: 6h", "database: warehouse")


def test_rules_are_held_against_each_table_by_the_clock() -> None:
    [scan] = of(served(TEXT, False), "dataplex/datascan:Datascan")
    tables = f"//bigquery.googleapis.com/projects/{PROJECT}/datasets"
    assert scan["data"] == {"resource": f"{tables}/yard/tables/orders"}
    assert scan["executionSpec"] == {"trigger": {"schedule": {"cron": "0 */6 * * *"}}}
    spec = scan["dataQualitySpec"]
    assert spec["postScanActions"]["bigqueryExport"] == {
        "resultsTable": f"{tables}/yard_quality/tables/results"
    }
    row, query = spec["rules"]
    assert row["rowConditionExpectation"] == {"sqlExpression": "id IS NOT NULL"}
    assert query["sqlAssertion"]["sqlStatement"].startswith("select")


def test_a_scan_reads_its_tables_writes_its_results_and_changes_nothing() -> None:
    graph = served(TEXT, False)
    member = "${yard-validation.member}"
    assert {role for who, role in roles(graph) if who == member} == {"roles/bigquery.jobUser"}
    granted = of(graph, "bigquery/datasetIamMember:DatasetIamMember")
    assert {(it["datasetId"], it["role"]) for it in granted if it["member"] == member} == {
        ("yard", "roles/bigquery.dataViewer"),
        ("yard_quality", "roles/bigquery.dataEditor"),
    }
    [scan] = of(graph, "dataplex/datascan:Datascan")
    assert scan["executionIdentity"] == {"serviceAccount": {"email": "${yard-validation.email}"}}


def test_a_scan_is_made_of_a_table_that_is_there() -> None:
    graph = served(TEXT, False)
    [scan] = graph.of_type("gcp:dataplex/datascan:Datascan")
    [table] = graph.of_type("gcp:bigquery/table:Table")
    assert table.urn in scan.dependencies
    assert of(served(GIVEN, False), "bigquery/table:Table") == []
    datasets = {it["datasetId"] for it in of(served(GIVEN, False), "bigquery/dataset:Dataset")}
    assert datasets == {"yard_quality"}


def test_tables_are_encrypted_by_a_key_that_bigquery_may_use() -> None:
    graph = served(TEXT, False)
    made = of(graph, "bigquery/dataset:Dataset")
    keys = {str(it["defaultEncryptionConfiguration"]) for it in made}
    assert len(keys) == 1
    members = [it["member"] for it in of(graph, "kms/cryptoKeyIAMMember:CryptoKeyIAMMember")]
    assert any(str(it).startswith("serviceAccount:bq-") for it in members)


def test_broken_rules_are_told() -> None:
    policies = of(served(TEXT, False), "monitoring/alertPolicy:AlertPolicy")
    [filter] = [
        condition["conditionMatchedLog"]["filter"]
        for it in policies
        for condition in it["conditions"]
        if "DataScan" in str(condition)
    ]
    assert '"yard-orders-rules"' in filter
    assert "NOT jsonPayload.dataQuality.passed = true" in filter


def test_a_forge_is_believed_for_its_repositories_and_one_branch() -> None:
    graph = served(TEXT, False)
    kind = "iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
    github, gitlab = sorted(of(graph, kind), key=lambda it: str(it["displayName"]))
    assert github["oidc"] == {"issuerUri": "https://token.actions.githubusercontent.com"}
    assert github["attributeCondition"] == (
        "assertion.repository in ['acme/churn', 'acme/fraud'] "
        "&& assertion.ref == 'refs/heads/release'"
    )
    assert gitlab["attributeCondition"] == (
        "assertion.project_path in ['acme/ml/data'] && assertion.ref_type == 'branch' "
        "&& assertion.ref == 'release'"
    )


def test_pipelines_touch_the_data_under_version_control_and_nothing_else() -> None:
    graph = served(TEXT, False)
    whole = of(graph, "storage/bucketIAMMember:BucketIAMMember")
    folders = of(graph, "storage/managedFolderIamMember:ManagedFolderIamMember")
    pipelines = "/subject/repo:"
    assert {it["role"] for it in whole if pipelines in str(it["member"])} == {SEE}
    theirs = [it for it in folders if pipelines in str(it["member"])]
    assert {str(it["member"]).partition("/subject/")[2] for it in theirs} == {
        "repo:acme/churn:ref:refs/heads/release",
        "repo:acme/fraud:ref:refs/heads/release",
    }
    assert {(it["managedFolder"], it["role"]) for it in theirs} == {("dvc/", WRITE)}


def test_a_pool_that_knows_the_forges_is_used_as_it_is() -> None:
    known = TEXT.replace("branch: release", "branch: release\n  trust: attach\n  pool: forges")
    graph = served(known, False)
    assert of(graph, "iam/workloadIdentityPool:WorkloadIdentityPool") == []
    folders = of(graph, "storage/managedFolderIamMember:ManagedFolderIamMember")
    members = [str(it["member"]) for it in folders]
    assert any("/workloadIdentityPools/forges/subject/repo:acme/churn:" in it for it in members)


def test_no_key_of_an_account_is_made() -> None:
    assert [it for it in served(TEXT) if it.type.startswith("gcp:serviceaccount/key")] == []


def test_the_sdk_knows_every_input() -> None:
    assert check_inputs(served(TEXT)) == []
    assert check_inputs(served(GIVEN)) == []


def test_lineage_is_an_api_that_is_on() -> None:
    services = of(served("ingestion: {lineage: dataplex}"), "projects/service:Service")
    assert "datalineage.googleapis.com" in {it["service"] for it in services}


def test_what_cannot_be_is_refused() -> None:
    assert paths("ingestion: {validation: dataplex}") == ["ingestion.validation"]
    rules = "rules: [{table: a, rules: [x]}]"
    assert paths(f"ingestion: {{validation: dataplex, every: 5h, {rules}}}") == ["ingestion.every"]
    assert paths(f"ingestion: {{validation: dataplex, every: 7d, {rules}}}") == []
    attached = "repositories: [github.com/a/b], trust: attach"
    assert paths(f"ingestion: {{versioning: dvc, {attached}}}") == ["ingestion.trust"]
    lone = "ingestion: {versioning: dvc, repositories: [github.com/a/b], pool: forges}"
    assert paths(lone) == ["ingestion.pool"]
    deep = "/".join(["group" * 4] * 6)
    long = f"ingestion: {{versioning: dvc, repositories: [gitlab.com/{deep}]}}"
    assert paths(long) == ["ingestion.repositories.0"]
