"""Databases: one for each consumer, with an owner that sees no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support import postgres as live
from tests.support.facilities import GPUS, Facilities, site, stood

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.sites.kubernetes.postgres import hba, setup_script

TLS = "keys: {engine: cert-manager}"
POSTGRES = f"database: {{engine: postgres}}, {GPUS}"
OPERATED = "database: {engine: cloudnative-pg, instances: %d}, "


def stands(text: str) -> tuple[Graph, Any]:
    def ask(platform: Facilities) -> Any:
        database = platform.part(C.DATABASE)
        return {who: database.access(who) for who in ("registry", "features")}

    return stood(site(text), ask)


def one(graph: Graph, kind: str, name: str) -> Any:
    return next(
        r.inputs
        for r in graph
        if r.inputs.get("kind") == kind and r.inputs["metadata"]["name"] == name
    )


@pytest.fixture(scope="module")
def server() -> Iterator[Mapping[str, str]]:
    if not live.available():
        pytest.skip(live.REASON)
    with live.server(hba(tls=False)) as environment:
        yield environment


def set_up(server: Mapping[str, str], owner: str, password: str, folder: Path) -> None:
    script = folder / "setup.sql"
    script.write_text(setup_script())
    environment = {**server, "OWNER": owner, "OWNER_PASSWORD": password}
    done = live.psql(environment, f"--file={script}")
    assert done.returncode == 0, done.stderr


def test_setting_up_again_changes_nothing_but_the_password(
    server: Mapping[str, str], tmp_path: Path
) -> None:
    set_up(server, "registry", "first", tmp_path)
    owner = {**server, "PGUSER": "registry", "PGDATABASE": "registry", "PGPASSWORD": "first"}
    assert live.psql(owner, "--command=CREATE TABLE kept (id int)").returncode == 0
    set_up(server, "registry", "second's", tmp_path)
    assert live.psql(owner, "--command=SELECT 1").returncode != 0
    owner["PGPASSWORD"] = "second's"
    assert live.psql(owner, "--command=SELECT count(*) FROM kept").stdout.strip() == "0"


def test_an_owner_sees_no_database_but_its_own(server: Mapping[str, str], tmp_path: Path) -> None:
    for owner in ("mine", "yours"):
        set_up(server, owner, owner, tmp_path)
    mine = {**server, "PGUSER": "mine", "PGPASSWORD": "mine"}
    assert live.psql({**mine, "PGDATABASE": "mine"}, "--command=SELECT 1").returncode == 0
    refused = live.psql({**mine, "PGDATABASE": "yours"}, "--command=SELECT 1")
    assert "permission denied for database" in refused.stderr


def test_an_owner_is_no_superuser(server: Mapping[str, str], tmp_path: Path) -> None:
    set_up(server, "plain", "plain", tmp_path)
    plain = {**server, "PGUSER": "plain", "PGPASSWORD": "plain", "PGDATABASE": "plain"}
    assert live.psql(plain, "--command=CREATE ROLE more").returncode != 0


@pytest.mark.parametrize("tls", [True, False])
def test_with_certificates_nobody_connects_in_the_clear(tls: bool) -> None:
    last = hba(tls=tls).splitlines()[-1]
    assert last == f"{'hostssl' if tls else 'host'} all all all scram-sha-256"


def test_every_consumer_has_its_own_job() -> None:
    graph, accesses = stands(POSTGRES)
    for consumer, access in accesses.items():
        job = one(graph, "Job", f"postgres-{consumer}")
        (container,) = job["spec"]["template"]["spec"]["containers"]
        environment = {e["name"]: e for e in container["env"]}
        assert environment["OWNER"]["value"] == access.user == access.database == consumer
        reference = environment["OWNER_PASSWORD"]["valueFrom"]["secretKeyRef"]
        assert reference == {"name": access.secret.name, "key": "password"}


@pytest.mark.parametrize(("settings", "nightly"), [(POSTGRES, False), (f"{TLS}, {POSTGRES}", True)])
def test_a_renewed_certificate_is_taken_up(settings: str, nightly: bool) -> None:
    graph, _ = stands(settings)
    names = {r.inputs["metadata"]["name"] for r in graph.of_type("kubernetes:batch/v1:CronJob")}
    assert ("postgres-reload" in names) is nightly
    server = one(graph, "StatefulSet", "postgres")["spec"]["template"]["spec"]["containers"][0]
    assert ("ssl=on" in server["args"]) is nightly


@pytest.mark.parametrize("engine", ["postgres", "cloudnative-pg"])
def test_every_database_is_copied_by_its_own_owner(engine: str) -> None:
    graph, accesses = stands(f"database: {{engine: {engine}}}, {GPUS}")
    job = one(graph, "CronJob", "postgres-backup")["spec"]["jobTemplate"]["spec"]["template"]
    uris = {
        entry["valueFrom"]["secretKeyRef"]["name"]
        for container in job["spec"]["containers"]
        for entry in container["env"]
        if entry["name"] == "URI"
    }
    assert uris == {access.secret.name for access in accesses.values()}


def test_the_operator_makes_a_role_and_a_database_for_each_consumer() -> None:
    graph, accesses = stands(OPERATED % 3 + GPUS)
    (cluster,) = graph.of_type("kubernetes:postgresql.cnpg.io/v1:Cluster")
    spec = cluster.inputs["spec"]
    assert spec["enableSuperuserAccess"] is False
    roles = {role["name"]: role["passwordSecret"]["name"] for role in spec["managed"]["roles"]}
    assert roles == {access.user: access.secret.name for access in accesses.values()}
    databases = graph.of_type("kubernetes:postgresql.cnpg.io/v1:Database")
    owned = {d.inputs["spec"]["name"]: d.inputs["spec"]["owner"] for d in databases}
    assert owned == {access.database: access.user for access in accesses.values()}
    assert all(cluster.urn in d.dependencies for d in databases)


@pytest.mark.parametrize(("instances", "waits"), [(1, False), (2, False), (3, True)])
def test_a_write_waits_for_a_standby_only_where_one_may_be_lost(
    instances: int, waits: bool
) -> None:
    graph, _ = stands(OPERATED % instances + GPUS)
    (cluster,) = graph.of_type("kubernetes:postgresql.cnpg.io/v1:Cluster")
    assert ("synchronous" in cluster.inputs["spec"]["postgresql"]) is waits


def test_an_attached_server_has_a_database_for_each_consumer_of_the_platform() -> None:
    attach = "database: {attach: {host: db.example, port: 6432, secret: 'secret://pg'}}"
    graph, accesses = stands(f"{attach}, secrets: {{attach: {{store: vault}}}}, {GPUS}")
    registry = accesses["registry"]
    assert registry.endpoint.url == "postgresql://db.example:6432"
    assert registry.endpoint.peer is None
    assert registry.user == registry.database == "yard_registry"
    made = one(graph, "ExternalSecret", "pg-registry")["spec"]["target"]["template"]["data"]
    assert made["uri"] == (
        "postgresql://{{ .username | urlquery }}:{{ .password | urlquery }}"
        "@db.example:6432/yard_registry?sslmode=require"
    )


def test_the_server_listens_where_clients_are_sent() -> None:
    graph, accesses = stands(POSTGRES)
    endpoint = accesses["registry"].endpoint
    service = one(graph, "Service", "postgres")
    assert endpoint.host == f"postgres.{service['metadata']['namespace']}.svc"
    assert [port["port"] for port in service["spec"]["ports"]] == [endpoint.port]
    pod = one(graph, "StatefulSet", "postgres")["spec"]["template"]
    assert endpoint.peer.labels.items() <= pod["metadata"]["labels"].items()
