"""The rules between objects find what they are there for: each is shown one planted fault."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from tests.support import shipped
from tests.support.consistency import RULES, Elsewhere
from tests.support.snapshot import Snapshot, Thing, snapshots

Manifests = dict[str, list[dict[str, Any]]]
Plant = Callable[[Manifests], object]
NOWHERE = Elsewhere(
    frozenset({"hugging-face", "registry-pull"}), frozenset(), frozenset({"bank-vault"})
)


@cache
def sound() -> Snapshot:
    """The fullest of the shipped blueprints."""
    case = shipped.Case(f"{shipped.FULLEST}.yaml", "prod")
    return snapshots(shipped.recorded(case))[0]


def spoiled(plant: Plant) -> Snapshot:
    """A copy, with one fault in it."""
    things = [Thing(copy.deepcopy(dict(t.manifest)), t.resource) for t in sound().things]
    by_kind: Manifests = {}
    for thing in things:
        by_kind.setdefault(thing.kind, []).append(thing.manifest)  # type: ignore[arg-type]
    plant(by_kind)
    kept = [t for t in things if any(t.manifest is m for m in by_kind[t.kind])]
    return replace(sound(), things=tuple(kept))


def pod(manifest: dict[str, Any]) -> dict[str, Any]:
    return manifest["spec"]["template"]["spec"]


def named(manifests: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(m for m in manifests if m["metadata"]["name"] == name)


def drop(manifests: list[dict[str, Any]], name: str) -> None:
    manifests.remove(named(manifests, name))


def mlflow(by_kind: Manifests) -> dict[str, Any]:
    return named(by_kind["Deployment"], "mlflow")


def _close(by_kind: Manifests) -> None:
    """MLflow lets nobody in any more."""
    named(by_kind["NetworkPolicy"], "mlflow")["spec"]["ingress"] = []


def _rename_port(by_kind: Manifests) -> None:
    pod(mlflow(by_kind))["containers"][0]["ports"] = [{"name": "other", "containerPort": 1}]


def _replicas(by_kind: Manifests) -> None:
    for scaler in by_kind["HorizontalPodAutoscaler"]:
        name = scaler["spec"]["scaleTargetRef"]["name"]
        named(by_kind["Deployment"], name)["spec"]["replicas"] = 3


FAULTS: dict[str, Plant] = {
    "unique_names": lambda o: o["Service"][1]["metadata"].update(o["Service"][0]["metadata"]),
    "namespaces_exist": lambda o: o["Namespace"].clear(),
    "references_resolve": lambda o: o["ConfigMap"].clear(),
    "certificates_are_signed": lambda o: o["Issuer"].clear(),
    "workflows_have_templates": lambda o: o["WorkflowTemplate"].clear(),
    "nothing_is_idle": lambda o: o["Deployment"].clear(),
    "hosts_resolve": lambda o: drop(o["Service"], "mlflow"),
    "selectors_find_pods": lambda o: drop(o["Deployment"], "mlflow"),
    "services_reach_ports": _rename_port,
    "ways_are_open_at_both_ends": _close,
    "policies_name_open_ports": _rename_port,
    "monitors_find_metrics": lambda o: drop(o["Service"], "mlflow"),
    "routes_lead_somewhere": lambda o: o["Gateway"].clear(),
    "scalers_find_targets": _replicas,
    "roles_are_bound_to_somebody": lambda o: o["Role"].clear(),
    "roles_are_all_bound": lambda o: o["RoleBinding"].clear(),
    "volumes_are_there": lambda o: pod(mlflow(o))["volumes"].clear(),
    "pods_are_restricted": lambda o: pod(mlflow(o))["containers"][0]["securityContext"].clear(),
    "accelerators_are_whole": lambda o: pod(named(o["Deployment"], "case-notes"))["containers"][0][
        "resources"
    ]["requests"].update({"nvidia.com/gpu": "7"}),
    "objects_are_tagged": lambda o: o["Service"][0]["metadata"]["labels"].clear(),
    "pods_are_tagged": lambda o: mlflow(o)["spec"]["template"]["metadata"]["labels"].clear(),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_finds_its_fault_and_no_other(rule: Any) -> None:
    assert list(rule(sound(), NOWHERE)) == []
    if rule.__name__ == "namespaces_come_first":
        graph = sound().graph
        alone = replace(graph, resources=tuple(replace(r, dependencies=()) for r in graph))
        things = tuple(
            replace(t, resource=replace(t.resource, dependencies=())) for t in sound().things
        )
        assert list(rule(Snapshot(things, sound().releases, alone), NOWHERE))
    else:
        assert list(rule(spoiled(FAULTS[rule.__name__]), NOWHERE))
