"""What has a copy of the registry follow it: what it may, what it knows, and what it warns of."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from tests.support import shipped
from tests.support.parts import manifest

from modelyard.program import plan_file, record_plan
from modelyard.recorder import Graph
from modelyard.workloads.replication import NAME

PRODUCTION = "weldline-production"


@cache
def graph() -> Graph:
    return record_plan(plan_file(shipped.FOLDER / "hybrid-replica.yaml").plan, deployed=True)


def here(kind: str, name: str = NAME) -> Any:
    """An object in the cluster of the plant."""
    [found] = [
        manifest(r)
        for r in graph()
        if r.inputs.get("kind") == kind
        and manifest(r)["metadata"]["name"] == name
        and (r.provider or "").endswith("weldline-plant-cluster")
    ]
    return found


def pod() -> Any:
    return here("CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def told() -> dict[str, Any]:
    [container] = pod()["containers"]
    return {it["name"]: it.get("value", it.get("valueFrom")) for it in container["env"]}


def test_it_reads_there_and_writes_here() -> None:
    assert told()["SOURCE_URI"] == "https://mlflow.ml.maker.example"
    assert told()["SOURCE_PASSWORD"]["secretKeyRef"]["name"] == f"{NAME}-source"
    assert "mlflow.weldline-platform.svc" in told()["MLFLOW_TRACKING_URI"]
    assert told()["MLFLOW_TRACKING_PASSWORD"]["secretKeyRef"]["name"] == "mlflow-promoter"
    login = here("Secret", f"{NAME}-source")["stringData"]
    assert set(login) == {"username", "password"}


def test_it_knows_what_to_follow_and_by_which_key() -> None:
    assert told()["WANTED"] == "seam-check@champion"
    assert told()["SIGNED"] == "seam-check"
    assert json.loads(told()["SERVED"]) == {"seam-check@champion": ["deployments/seam-check"]}
    assert told()["NAMESPACE"] == PRODUCTION
    keys = here("ConfigMap", f"{NAME}-keys")["data"]
    assert keys["seam-check.pub"].startswith("-----BEGIN PUBLIC KEY-----")


def test_it_may_restart_what_is_served_and_nothing_else() -> None:
    [rule] = here("Role")["rules"]
    assert rule["resources"] == ["deployments"]
    assert rule["resourceNames"] == ["seam-check"]
    assert set(rule["verbs"]) == {"get", "patch"}
    assert here("RoleBinding")["subjects"][0]["name"] == NAME
    assert pod()["automountServiceAccountToken"] is True


def test_it_reaches_both_registries_and_no_more() -> None:
    egress = here("NetworkPolicy")["spec"]["egress"]
    assert [rule["ports"][0]["port"] for rule in egress] == [5000, 443]


def test_what_follows_is_nobody_elses_to_change() -> None:
    """Training at the plant could otherwise make the model first, and would own it."""
    [container] = here("Job", "mlflow-accounts")["spec"]["template"]["spec"]["containers"]
    [guarded] = [it["value"] for it in container["env"] if it["name"] == "GUARDED"]
    assert "seam-check" in guarded.split()


def test_models_are_served_out_of_the_copy() -> None:
    served = here("Deployment", "seam-check")["spec"]["template"]["spec"]
    addresses = {
        it.get("value")
        for container in (*served.get("initContainers", ()), *served["containers"])
        for it in container.get("env", ())
        if it["name"] == "MLFLOW_TRACKING_URI"
    }
    assert addresses == {told()["MLFLOW_TRACKING_URI"]}


def test_it_warns_when_it_falls_behind() -> None:
    [group] = here("PrometheusRule")["spec"]["groups"]
    [rule] = group["rules"]
    assert rule["alert"] == "RegistryCopyBehind"
    assert f'cronjob="{NAME}"' in rule["expr"]
