"""RDS: encrypted, reached from the cluster alone, and set up without anybody seeing a password."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.support import postgres as live
from tests.support.aws_ground import CLUSTER, ground
from tests.support.facilities import Facilities
from tests.support.iam import Of, policies

from modelyard.plan.capability import Capability as C
from modelyard.plan.chosen import managed_database
from modelyard.recorder import Graph, Resource
from modelyard.recorder.values import Secret
from modelyard.sites.kubernetes.postgres import hba, setup_script

INSTANCE = "aws:rds/instance:Instance"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
FEATURES = "features: {engine: feast, online: postgres}"
SENSITIVE = "data: {classification: restricted}"
UNPROTECTED = "protect: false"


def ask(platform: Facilities) -> Any:
    database = platform.part(C.DATABASE)
    accesses = {who: database.access(who) for who in ("registry", "features")}
    return {"accesses": accesses, "plan": platform.plan}


@cache
def stands(text: str = "", more: str = "", deployed: bool = False) -> tuple[Graph, Any]:
    """The database and what it stands on, wanted by a registry and a feature store."""
    wanted = {*CLUSTER, C.SECRETS, C.DATABASE, C.REGISTRY, C.FEATURES}
    sections = f"{FEATURES}\n{more}"
    return ground(*wanted, text=text, more=sections, use=ask, deployed=deployed)


def server(text: str = "", more: str = "") -> Resource:
    [found] = stands(text, more)[0].of_type(INSTANCE)
    return found


def of(graph: Graph, kind: str, name: str) -> Resource:
    return next(
        r for r in graph if r.inputs.get("kind") == kind and r.inputs["metadata"]["name"] == name
    )


def test_only_members_of_the_cluster_s_group_come_in_and_nothing_goes_out() -> None:
    graph, _ = stands()
    assert server().inputs["publiclyAccessible"] is False
    [group] = [g for g in graph.of_type("aws:ec2/securityGroup:SecurityGroup") if "data" in g.name]
    assert not {"ingress", "egress"} & set(group.inputs)
    rules = [r for r in graph if "securityGroup" in r.type and "Rule" in r.type]
    mine = [r for r in rules if r.parent == group.parent]
    assert [(r.inputs["fromPort"], r.inputs["toPort"]) for r in mine] == [(5432, 5432)]
    [source] = [r.property_dependencies["referencedSecurityGroupId"] for r in mine]
    assert [urn.rpartition("::")[2] for urn in source] == ["yard-cluster"]


def test_everything_rests_under_the_platform_s_keys() -> None:
    inputs = server().inputs
    assert inputs["storageEncrypted"] is True
    assert inputs["kmsKeyId"] == "${yard-kms-data.arn}"
    assert inputs["performanceInsightsKmsKeyId"] == "${yard-kms-logs.arn}"
    assert inputs["masterUserSecretKmsKeyId"] == "${yard-kms-secrets.arn}"


def test_it_is_what_the_plan_has_priced() -> None:
    for more in ("", SENSITIVE):
        _, found = stands(more=more)
        plan, inputs = found["plan"], server(more=more).inputs
        chosen = managed_database(plan.blueprint, plan.blueprint.sites["here"])
        assert inputs["instanceClass"] == chosen.machine
        assert inputs["allocatedStorage"] == chosen.gib
        assert inputs["multiAz"] is chosen.standby


def test_sensitive_data_have_a_standby_and_the_longest_backups() -> None:
    assert (server().inputs["multiAz"], server().inputs["backupRetentionPeriod"]) == (False, 7)
    careful = server(more=SENSITIVE).inputs
    assert (careful["multiAz"], careful["backupRetentionPeriod"]) == (True, 35)
    assert server("database: {standby: false}", SENSITIVE).inputs["multiAz"] is False


@pytest.mark.parametrize(("more", "kept"), [("protect: true", True), (UNPROTECTED, False)])
def test_it_goes_only_where_that_was_agreed(more: str, kept: bool) -> None:
    found = server(more=more)
    assert found.protect is kept
    assert found.inputs["deletionProtection"] is kept
    assert found.inputs["skipFinalSnapshot"] is not kept


def test_connections_in_the_clear_are_refused() -> None:
    [group] = stands()[0].of_type("aws:rds/parameterGroup:ParameterGroup")
    settings = {p["name"]: p["value"] for p in group.inputs["parameters"]}
    assert settings["rds.force_ssl"] == "1"
    assert server().inputs["parameterGroupName"] == group.inputs["name"]


def test_nobody_has_seen_its_password() -> None:
    inputs = server().inputs
    assert inputs["manageMasterUserPassword"] is True
    assert "password" not in inputs
    [rotation] = stands()[0].of_type("aws:secretsmanager/secretRotation:SecretRotation")
    assert rotation.inputs["rotationRules"] == {"automaticallyAfterDays": 30}
    assert rotation.inputs["rotateImmediately"] is False


def test_the_operator_of_secrets_may_read_that_one_password_and_no_other_of_rds() -> None:
    graph, _ = stands(deployed=True)
    [grant] = [
        p for p in policies(graph, Of.IDENTITY) if p.holder.name == "yard-database-superuser"
    ]
    [statement] = grant.allowed
    assert statement.actions == ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
    [arn] = statement.resources
    assert "*" not in arn
    [brought] = of(graph, "ExternalSecret", "database-superuser").inputs["spec"]["data"][1:]
    assert brought["remoteRef"] == {"key": arn, "property": "password"}


def test_the_server_waits_for_its_logs_and_for_the_right_to_its_metrics() -> None:
    graph, _ = stands()
    before = set(server().dependencies)
    groups = [g for g in graph.of_type("aws:cloudwatch/logGroup:LogGroup") if "database" in g.name]
    names = {g.inputs["name"] for g in groups}
    identifier = server().inputs["identifier"]
    exported = server().inputs["enabledCloudwatchLogsExports"]
    assert names == {f"/aws/rds/instance/{identifier}/{log}" for log in exported}
    assert all(g.inputs["kmsKeyId"] == "${yard-kms-logs.arn}" for g in groups)
    [right] = [r for r in graph if r.name.startswith("yard-database-monitoring-Amazon")]
    assert {right.urn, *(g.urn for g in groups)} <= before


def test_somebody_hears_of_every_alarm() -> None:
    alarms = stands()[0].of_type(ALARM)
    metrics = {alarm.inputs["metricName"] for alarm in alarms}
    assert {"CPUUtilization", "FreeStorageSpace", "DatabaseConnections"} <= metrics
    assert all(alarm.inputs["alarmActions"] == ["${yard-database-notices.arn}"] for alarm in alarms)
    [topic] = stands()[0].of_type("aws:sns/topic:Topic")
    assert topic.inputs["kmsMasterKeyId"] == "${yard-kms-logs.arn}"


@pytest.mark.parametrize("consumer", ["registry", "features"])
def test_every_consumer_has_a_database_made_by_a_job_over_tls(consumer: str) -> None:
    graph, found = stands()
    access, job = found["accesses"][consumer], of(graph, "Job", f"database-{consumer}")
    [container] = job.inputs["spec"]["template"]["spec"]["containers"]
    environment = {e["name"]: e for e in container["env"]}
    assert environment["OWNER"]["value"] == access.user == access.database == consumer
    assert environment["PGSSLMODE"]["value"] == "require"
    assert environment["PGHOST"]["value"] == "${yard-database.address}"
    password = environment["PGPASSWORD"]["valueFrom"]["secretKeyRef"]
    assert password == {"name": "database-superuser", "key": "password"}
    brought = of(graph, "ExternalSecret", "database-superuser")
    assert {server().urn, brought.urn} <= set(job.dependencies)


def test_the_address_with_its_password_is_a_secret_that_leads_to_the_server() -> None:
    graph, found = stands()
    access = found["accesses"]["registry"]
    kept = of(graph, "Secret", access.secret.name)
    assert isinstance(kept.inputs["stringData"]["uri"], Secret)
    assert server().urn in kept.property_dependencies["stringData"]
    assert (access.endpoint.port, access.endpoint.peer) == (5432, None)


@pytest.fixture(scope="module")
def superuser() -> Iterator[Mapping[str, str]]:
    """A user such as RDS gives: it may make roles and databases, and is no superuser."""
    if not live.available():
        pytest.skip(live.REASON)
    with live.server(hba(tls=False)) as environment:
        made = "CREATE ROLE like_rds LOGIN CREATEROLE CREATEDB PASSWORD 'x'"
        assert live.psql(environment, f"--command={made}").returncode == 0
        yield {**environment, "PGUSER": "like_rds", "PGPASSWORD": "x"}


def test_who_is_no_superuser_can_set_up_an_owner_again_and_again(
    superuser: Mapping[str, str], tmp_path: Path
) -> None:
    script = tmp_path / "setup.sql"
    script.write_text(setup_script(superuser=False))
    for password in ("first", "second's"):
        environment = {**superuser, "OWNER": "registry", "OWNER_PASSWORD": password}
        done = live.psql(environment, f"--file={script}")
        assert done.returncode == 0, done.stderr
    owner = {**superuser, "PGUSER": "registry", "PGDATABASE": "registry", "PGPASSWORD": "second's"}
    assert live.psql(owner, "--command=CREATE TABLE kept (id int)").returncode == 0
