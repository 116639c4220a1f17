"""The feature store: Feast's servers, their settings, and who may reach which."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.parts import manifest, objects, only, planned, recorded
from tests.support.pod_security import breaches, pod_specs

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.workloads.inside import feast_config

EMPTY = """
sites: {here: {kind: kubernetes}}
features: {online: postgres}
models: []
"""
FULL = """
sites: {here: {kind: kubernetes}}
data: {classification: confidential}
monitoring: {}
models: []
features:
  online: valkey
  repo: https://git.example.com/team/features.git
  path: stores/main
  materialize: "*/5 * * * *"
"""
AROUND = (C.FEATURES, C.DATABASE, C.CACHE, C.MONITORING, C.KEYS)


@cache
def graph(text: str = FULL) -> Graph:
    return recorded(only(planned(text), *AROUND))


def own(text: str = FULL) -> list[Mapping[str, Any]]:
    return objects(graph(text), "FeatureStore")


def all_of(kind: str, text: str = FULL) -> dict[str, Mapping[str, Any]]:
    return {o["metadata"]["name"]: o for o in own(text) if o["kind"] == kind}


def settings(text: str = FULL) -> dict[str, Any]:
    pod = all_of("Deployment", text)["feast-online"]["spec"]["template"]["spec"]
    (config,) = (c for c in pod["initContainers"] if c["name"] == "config")
    (store,) = (e["value"] for e in config["env"] if e["name"] == "STORE")
    return json.loads(store)


def clients(server: str, port: int) -> set[str]:
    """Namespaces that are let in on a port."""
    return {
        peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for rule in all_of("NetworkPolicy")[server]["spec"]["ingress"]
        if rule["ports"][0]["port"] == port
        for peer in rule["from"]
    }


@pytest.mark.parametrize("text", [EMPTY, FULL], ids=["empty", "full"])
def test_every_object_is_valid_and_every_pod_is_restricted(text: str) -> None:
    if not crds_available():
        pytest.skip(crds_reason())
    made = own(text)
    assert {o["metadata"]["name"]: violations(o) for o in made if violations(o)} == {}
    pods = [spec for o in made for spec in pod_specs(o)]
    assert len(pods) == (4 if text == EMPTY else 6)
    assert [breaches(spec) for spec in pods] == [[]] * len(pods)


def test_a_project_without_a_repository_is_applied_empty() -> None:
    (apply,) = all_of("Job", EMPTY)["feast-apply"]["spec"]["template"]["spec"]["containers"]
    assert apply["command"] == ["feast", "--chdir", "/tmp", "apply"]
    assert not all_of("CronJob", EMPTY)
    ports = {
        port["port"]
        for rule in all_of("NetworkPolicy", EMPTY)["feast-apply"]["spec"]["egress"]
        for port in rule["ports"]
    }
    assert 443 not in ports


def test_definitions_come_from_the_repository_and_follow_it() -> None:
    pod = all_of("Job")["feast-apply"]["spec"]["template"]["spec"]
    clone = pod["initContainers"][-1]["command"]
    assert clone[-2:] == ["https://git.example.com/team/features.git", "/repo"]
    assert pod["containers"][0]["command"][2] == "/repo/stores/main"
    again = all_of("CronJob")["feast-apply"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert again["containers"] == pod["containers"]


def test_features_are_materialized_on_the_schedule() -> None:
    assert all_of("CronJob")["feast-materialize"]["spec"]["schedule"] == "*/5 * * * *"
    assert "feast-materialize" not in all_of("CronJob", EMPTY)


def test_servers_start_after_the_project_is_there() -> None:
    made = {
        (r.inputs["kind"], manifest(r)["metadata"]["name"]): r
        for r in graph()
        if r.type.startswith("kubernetes:") and "kind" in r.inputs
    }
    applied = made["Job", "feast-apply"].urn
    for server in ("feast-registry", "feast-online", "feast-offline"):
        assert applied in made["Deployment", server].dependencies


def test_production_reads_online_features_and_nothing_else() -> None:
    training, production = "yard-training", "yard-production"
    assert clients("feast-online", 6566) == {training, production}
    assert clients("feast-registry", 6570) == {training}
    assert clients("feast-offline", 8815) == {training}
    assert clients("feast-online", 8000).isdisjoint({training, production})


def test_the_online_server_follows_its_load_and_the_others_do_not() -> None:
    assert set(all_of("HorizontalPodAutoscaler")) == {"feast-online"}
    deployments = all_of("Deployment")
    assert "replicas" not in deployments["feast-online"]["spec"]
    assert deployments["feast-registry"]["spec"]["replicas"] == 2
    assert all_of("Deployment", EMPTY)["feast-registry"]["spec"]["replicas"] == 1


def test_servers_are_asked_whether_they_are_well() -> None:
    probes = {
        name: made["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]
        for name, made in all_of("Deployment").items()
    }
    assert probes["feast-online"]["httpGet"] == {"path": "/health", "port": "server"}
    assert probes["feast-registry"]["tcpSocket"] == {"port": 6570}
    assert probes["feast-offline"]["tcpSocket"] == {"port": 8815}


def test_settings_name_the_stores_and_no_secret() -> None:
    found = settings()
    assert found["project"] == "yard"
    assert found["registry"]["registry_type"] == "sql"
    assert found["online_store"] == {
        "type": "redis",
        "connection_string": "cache.yard-platform.svc:6379",
    }
    assert settings(EMPTY)["online_store"]["type"] == "postgres"
    assert "password" not in json.dumps(found)


def test_training_has_settings_for_its_client() -> None:
    made = all_of("ConfigMap")["feast-client"]
    assert made["metadata"]["namespace"] == "yard-training"
    found = json.loads(made["data"]["feature_store.yaml"])
    assert found["online_store"]["path"] == "http://feast-online.yard-platform.svc:6566"
    assert found["registry"]["path"] == "feast-registry.yard-platform.svc:6570"


def completed(store: dict[str, Any], uri: str, **more: str) -> dict[str, Any]:
    return feast_config.completed({"STORE": json.dumps(store), "DATABASE_URI": uri, **more})


def test_addresses_are_taken_apart_for_feasts_stores() -> None:
    uri = "postgresql://feast:p%2Fw%25@db.example:5433/features?sslmode=verify-full&sslrootcert=/ca"
    found = completed(settings(EMPTY), uri)
    expected = {
        "host": "db.example",
        "port": 5433,
        "database": "features",
        "user": "feast",
        "password": "p/w%",
        "sslmode": "verify-full",
        "sslrootcert_path": "/ca",
    }
    assert found["offline_store"] == {"type": "postgres", **expected}
    assert found["online_store"] == {"type": "postgres", "conn_type": "pool", **expected}
    assert found["registry"]["path"] == "postgresql+psycopg" + uri.removeprefix("postgresql")


def test_encryption_is_asked_for_where_the_address_does_not_say() -> None:
    assert (
        completed(settings(), "postgresql://u:p@h/d", CACHE_PASSWORD="x")["offline_store"][
            "sslmode"
        ]
        == "require"
    )


def test_a_password_that_looks_like_a_number_stays_text() -> None:
    found = completed(settings(), "postgresql://u:p@h/d", CACHE_PASSWORD="0012")
    assert found["online_store"]["connection_string"].endswith(':6379,password="0012"')


def test_a_password_that_feast_cannot_use_is_refused() -> None:
    with pytest.raises(ValueError, match="comma"):
        completed(settings(), "postgresql://u:p@h/d", CACHE_PASSWORD="a,b")


def test_a_cache_without_a_password_is_asked_without_one() -> None:
    found = completed(settings(), "postgresql://u:p@h/d", CACHE_PASSWORD="")
    assert found["online_store"] == settings()["online_store"]


def test_a_cache_is_known_by_the_authority_of_its_own(tmp_path: Any) -> None:
    path = tmp_path / "feature_store.yaml"
    known = {"CACHE_PASSWORD": "x", "CACHE_AUTHORITY": "a certificate"}
    store = {"STORE": json.dumps(settings()), "DATABASE_URI": "postgresql://u:p@h/d"}
    feast_config.main({**store, **known, "FEAST_FS_YAML_FILE_PATH": str(path)})
    where = json.loads(path.read_text())["online_store"]["connection_string"]
    file = tmp_path / "cache-authority.crt"
    assert where.endswith(f',password="x",ssl_ca_certs={file}')
    assert file.read_text() == "a certificate"


def test_the_settings_file_is_its_owners_alone(tmp_path: Any) -> None:
    path = tmp_path / "feature_store.yaml"
    environment = {"STORE": json.dumps(settings(EMPTY)), "DATABASE_URI": "postgresql://u:p@h/d"}
    feast_config.main({**environment, "FEAST_FS_YAML_FILE_PATH": str(path)})
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text())["registry"]["path"] == "postgresql+psycopg://u:p@h/d"
