"""The registry: MLflow's server, its accounts, and who may reach it."""

from __future__ import annotations

from collections.abc import Mapping
from configparser import ConfigParser
from functools import cache
from typing import Any

import pytest
from tests.support import shipped
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.parts import manifest, objects, only, planned, recorded
from tests.support.pod_security import breaches, pod_specs

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.workloads.inside import accounts, auth_config

BARE = """
sites: {here: {kind: kubernetes}}
registry: {}
models: [{name: churn, type: predictive, source: "models:/churn@champion"}]
"""
FULL = """
sites: {here: {kind: kubernetes, ingress: {domain: yard.example}}}
data: {classification: restricted}
registry: {}
monitoring: {}
access: {approvers: ["group:risk"]}
models:
  - {name: churn, type: predictive, source: "models:/churn@champion"}
  - name: fraud
    type: predictive
    source: models:/fraud-scorer@champion
    promote: {approval: required}
"""
AROUND = (C.REGISTRY, C.DATABASE, C.OBJECT_STORE, C.INGRESS, C.MONITORING, C.KEYS)


@cache
def graph(text: str = FULL) -> Graph:
    return recorded(only(planned(text), *AROUND))


def own(text: str = FULL) -> list[Mapping[str, Any]]:
    return [o for o in objects(graph(text), "MlflowServer") if "kind" in o]


def one(kind: str, name: str = "mlflow", text: str = FULL) -> Mapping[str, Any]:
    (found,) = (o for o in own(text) if (o["kind"], o["metadata"]["name"]) == (kind, name))
    return found


def pod(kind: str, name: str = "mlflow", text: str = FULL) -> Mapping[str, Any]:
    return one(kind, name, text)["spec"]["template"]["spec"]


def environment(container: Mapping[str, Any]) -> dict[str, Any]:
    return {e["name"]: e.get("value") or e["valueFrom"]["secretKeyRef"] for e in container["env"]}


def server(text: str = FULL) -> dict[str, Any]:
    return environment(pod("Deployment", text=text)["containers"][0])


@pytest.mark.parametrize("text", [BARE, FULL], ids=["bare", "full"])
def test_every_object_is_valid_and_every_pod_is_restricted(text: str) -> None:
    if not crds_available():
        pytest.skip(crds_reason())
    made = own(text)
    assert {o["metadata"]["name"]: violations(o) for o in made if violations(o)} == {}
    pods = [spec for o in made for spec in pod_specs(o)]
    assert len(pods) == 3
    assert [breaches(spec) for spec in pods] == [[]] * 3


def test_what_is_secret_is_only_referred_to() -> None:
    secret = {"MLFLOW_AUTH_ADMIN_PASSWORD", "MLFLOW_FLASK_SERVER_SECRET_KEY"}
    secret |= {"MLFLOW_BACKEND_STORE_URI", "AWS_SECRET_ACCESS_KEY"}
    assert all(isinstance(server()[name], dict) for name in secret)
    (account,) = pod("Job", "mlflow-accounts")["containers"]
    words = {k: v for k, v in environment(account).items() if k.startswith("ACCOUNT_")}
    assert set(words) == {f"ACCOUNT_{n}" for n in ("PLATFORM", "TRAINING", "SERVING", "PROMOTER")}
    assert all(word["name"] == "mlflow-server" for word in words.values())


def test_the_server_answers_to_its_own_names_alone() -> None:
    hosts = server()["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")
    assert "mlflow.yard-platform.svc:5000" in hosts
    assert "mlflow.yard.example" in hosts
    assert not [host for host in hosts if "*" in host]
    assert server()["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"] == "https://mlflow.yard.example"
    assert "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS" not in server(BARE)


def test_artifacts_go_through_the_server_into_the_bucket() -> None:
    args = pod("Deployment")["containers"][0]["args"]
    assert args[args.index("--artifacts-destination") + 1] == "s3://yard-artifacts/mlflow"
    assert "--serve-artifacts" in args
    assert args[args.index("--app-name") + 1] == "basic-auth"


def test_schemas_come_before_the_server_and_accounts_after_it() -> None:
    by_name = {
        (r.inputs["kind"], manifest(r)["metadata"]["name"]): r
        for r in graph()
        if r.type.startswith("kubernetes:") and "kind" in r.inputs
    }
    deployment = by_name["Deployment", "mlflow"]
    assert by_name["Job", "mlflow-migrate"].urn in deployment.dependencies
    assert deployment.urn in by_name["Job", "mlflow-accounts"].dependencies


@pytest.mark.parametrize(("text", "replicas"), [(BARE, 1), (FULL, 2)], ids=["bare", "full"])
def test_sensitive_data_get_a_second_replica(text: str, replicas: int) -> None:
    assert one("Deployment", text=text)["spec"]["replicas"] == replicas
    budgets = [o for o in own(text) if o["kind"] == "PodDisruptionBudget"]
    assert len(budgets) == replicas - 1


def test_each_namespace_has_its_own_login_and_only_production_the_promoter() -> None:
    logins = {
        (m["metadata"]["namespace"], m["metadata"]["name"]): m
        for m in (manifest(r) for r in graph() if r.type.endswith(":Secret"))
        if m["metadata"]["name"].startswith("mlflow")
    }
    assert set(logins) == {
        ("yard-platform", "mlflow-server"),
        ("yard-platform", "mlflow-client"),
        ("yard-training", "mlflow-client"),
        ("yard-production", "mlflow-client"),
        ("yard-production", "mlflow-promoter"),
    }


def test_models_that_somebody_approves_are_guarded_and_others_are_not() -> None:
    (account,) = pod("Job", "mlflow-accounts")["containers"]
    assert environment(account)["GUARDED"] == "fraud-scorer"
    assert environment(account)["KEEPER"] == "promoter"


def test_a_model_is_guarded_wherever_it_is_served() -> None:
    """Training at home could create it first otherwise, and own it."""
    graph = shipped.recorded(shipped.Case("hybrid-residency.yaml", None))
    jobs = [manifest(r) for r in graph if r.type.endswith(":Job")]
    (task,) = [job for job in jobs if job["metadata"]["name"] == "mlflow-accounts"]
    (account,) = task["spec"]["template"]["spec"]["containers"]
    assert environment(account)["GUARDED"] == "urgency"


def let_in() -> dict[int, list[Any]]:
    """Who may come, by port."""
    rules = one("NetworkPolicy")["spec"]["ingress"]
    return {rule["ports"][0]["port"]: rule["from"] for rule in rules}


def test_the_network_lets_in_the_platform_and_the_gateway() -> None:
    rules = {
        rule["ports"][0]["port"]: rule["from"] for rule in one("NetworkPolicy")["spec"]["ingress"]
    }
    come = [peer["namespaceSelector"]["matchLabels"] for peer in rules[5000]]
    spaces = [labels["kubernetes.io/metadata.name"] for labels in come]
    assert spaces[:3] == ["yard-platform", "yard-training", "yard-production"]
    assert len(rules[5000]) == 4
    reached = {p["port"] for e in one("NetworkPolicy")["spec"]["egress"] for p in e["ports"]}
    assert reached == {5432, 8333}


def test_prometheus_and_nobody_else_reaches_the_metrics() -> None:
    rules = {
        rule["ports"][0]["port"]: rule["from"] for rule in one("NetworkPolicy")["spec"]["ingress"]
    }
    (scraper,) = rules[9090]
    assert scraper["podSelector"]["matchLabels"]
    (endpoint,) = one("ServiceMonitor")["spec"]["endpoints"]
    assert endpoint["port"] == "metrics"
    served, exporter = pod("Deployment")["containers"]
    counted = {"name": "metrics", "mountPath": "/metrics"}
    assert counted in served["volumeMounts"]
    assert counted in exporter["volumeMounts"]
    assert served["args"][served["args"].index("--expose-prometheus") + 1] == "/metrics"


def test_without_monitoring_there_is_no_exporter_and_without_ingress_no_route() -> None:
    assert not [o for o in own(BARE) if o["kind"] in ("ServiceMonitor", "HTTPRoute")]
    assert len(pod("Deployment", text=BARE)["containers"]) == 1


@pytest.mark.parametrize("address", ["postgresql://u:p@h/d", "postgresql://u:p%25w%2F@h:5/d?a=b"])
def test_the_database_address_survives_the_configuration_file(address: str) -> None:
    parser = ConfigParser()
    parser.read_string(auth_config.text(address))
    assert parser["mlflow"]["database_uri"] == address
    assert parser["mlflow"]["default_permission"] == "READ"


def test_the_configuration_file_is_its_owners_alone(tmp_path: Any) -> None:
    path = tmp_path / "basic_auth.ini"
    found = {"MLFLOW_AUTH_CONFIG_PATH": str(path), "MLFLOW_BACKEND_STORE_URI": "postgresql://h/d"}
    auth_config.main(found)
    assert path.stat().st_mode & 0o777 == 0o600


class Refusal(Exception):
    """As MLflow's client raises."""

    def __init__(self, error_code: str) -> None:
        super().__init__(error_code)
        self.error_code = error_code


class Users:
    """Accounts and grants, with the answers of MLflow's server."""

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}
        self.grants: set[tuple[str, ...]] = set()

    def get_user(self, name: str) -> str:
        if name not in self.passwords:
            raise Refusal("RESOURCE_DOES_NOT_EXIST")
        return name

    def create_user(self, name: str, password: str) -> None:
        assert name not in self.passwords
        self.passwords[name] = password

    def update_user_password(self, name: str, password: str) -> None:
        self.passwords[name] = password

    def grant_user_permission(self, *grant: str) -> None:
        if grant in self.grants:
            raise Refusal("RESOURCE_ALREADY_EXISTS")
        self.grants.add(grant)


class Models:
    def __init__(self, error: str | None = None) -> None:
        self.names: list[str] = []
        self.error = error

    def create_registered_model(self, name: str) -> None:
        if self.error or name in self.names:
            raise Refusal(self.error or "RESOURCE_ALREADY_EXISTS")
        self.names.append(name)


def test_an_account_is_made_once_and_keeps_up_with_its_password() -> None:
    users = Users()
    accounts.keep_account(users, "training", "first")
    accounts.keep_account(users, "training", "second")
    assert users.passwords == {"training": "second"}


def test_a_model_is_guarded_once() -> None:
    users, models = Users(), Models()
    accounts.guard(models, users, "fraud", "promoter")
    accounts.guard(models, users, "fraud", "promoter")
    assert models.names == ["fraud"]
    assert users.grants == {("promoter", "registered_model", "fraud", "EDIT")}


def test_other_refusals_are_not_swallowed() -> None:
    with pytest.raises(Refusal, match="PERMISSION_DENIED"):
        accounts.guard(Models("PERMISSION_DENIED"), Users(), "fraud", "promoter")


def test_passwords_are_found_by_account() -> None:
    found = accounts.accounts({"ACCOUNT_TRAINING": "a", "ACCOUNT_SERVING": "b", "HOME": "/tmp"})
    assert found == {"serving": "b", "training": "a"}


def test_patience_ends() -> None:
    tries: list[int] = []

    def never() -> None:
        tries.append(1)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        accounts.patiently(never, tries=3, pause=0)
    assert len(tries) == 3
