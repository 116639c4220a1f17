"""The registry of another site, as the clients of this one see it."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.plan.test_far import LINK, TRUSTED, apart
from tests.support.parts import manifest

from modelyard.program import record_plan
from modelyard.recorder import Graph


@cache
def graph() -> Graph:
    return record_plan(apart(TRUSTED, LINK), deployed=True)


def here(kind: str, name: str) -> Any:
    """An object in the cluster of the plant."""
    [found] = [
        manifest(r)
        for r in graph()
        if r.inputs.get("kind") == kind
        and manifest(r)["metadata"]["name"] == name
        and (r.provider or "").endswith("yard-plant-cluster")
    ]
    return found


def test_a_model_asks_the_other_sites_gateway() -> None:
    [container] = here("Deployment", "m")["spec"]["template"]["spec"]["containers"]
    told = {each["name"]: each for each in container["env"]}
    assert told["MLFLOW_TRACKING_URI"]["value"] == "https://mlflow.hub.example"
    password = told["MLFLOW_TRACKING_PASSWORD"]["valueFrom"]["secretKeyRef"]
    assert password == {"name": "mlflow-client", "key": "password"}


def test_its_way_there_is_let_through() -> None:
    rules = here("NetworkPolicy", "m")["spec"]["egress"]
    assert 443 in {port["port"] for rule in rules for port in rule["ports"]}


def test_both_sites_log_in_with_the_same_password() -> None:
    kept = [
        r
        for r in graph().of_type("kubernetes:core/v1:Secret")
        if r.inputs["metadata"]["name"] == "mlflow-client"
    ]
    assert len({(r.provider or "") for r in kept}) == 2
    made = [r for r in graph() if r.type.endswith("RandomPassword") and "mlflow" in r.name]
    assert {r.name.partition("-secrets-")[0] for r in made} == {"yard"}


def test_there_is_one_server() -> None:
    """Of its own the plant has neither MLflow nor a database for it."""
    standing = {
        (r.provider or "").rpartition("::")[2]
        for r in graph()
        if manifest(r).get("kind") in ("Deployment", "StatefulSet")
        and manifest(r)["metadata"]["name"] in ("mlflow", "postgres")
    }
    assert standing == {"yard-cluster"}
