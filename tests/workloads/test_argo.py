"""Argo Workflows: who runs are, what they reach, and what production lets run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.parts import manifest, objects, only, planned, recorded

from modelyard.objects.workflows import run_defaults
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.workloads.production_runs import EXPRESSIONS, separation

BLUEPRINT = """
sites: {here: {kind: kubernetes}}
registry: {}
features: {online: postgres}
pipelines: {keep: 30d}
models: []
access: {approvers: ["group:risk", "user:ada"]}
"""
AROUND = (C.PIPELINES, C.REGISTRY, C.FEATURES, C.DATABASE, C.OBJECT_STORE)


@cache
def graph(text: str = BLUEPRINT) -> Graph:
    return recorded(only(planned(text), *AROUND))


def own(text: str = BLUEPRINT) -> list[Mapping[str, Any]]:
    return objects(graph(text), "ArgoWorkflows")


def one(kind: str, name: str, namespace: str | None = "yard-training") -> Mapping[str, Any]:
    wanted = (kind, name, namespace)
    (found,) = (
        o
        for o in own()
        if (o["kind"], o["metadata"]["name"], o["metadata"].get("namespace")) == wanted
    )
    return found


def test_every_object_is_valid() -> None:
    if not crds_available():
        pytest.skip(crds_reason())
    assert {o["metadata"]["name"]: violations(o) for o in own() if violations(o)} == {}


def test_runs_may_report_and_nothing_else() -> None:
    role = one("Role", "workflow-executor")
    assert role["rules"] == [
        {
            "apiGroups": ["argoproj.io"],
            "resources": ["workflowtaskresults"],
            "verbs": ["create", "patch"],
        }
    ]
    (runner,) = one("RoleBinding", "workflow-executor")["subjects"]
    assert (runner["name"], runner["namespace"]) == ("workflow-runner", "yard-training")


def test_artifacts_rest_in_the_platforms_bucket_by_reference() -> None:
    made = one("ConfigMap", "artifact-repositories")
    default = made["metadata"]["annotations"]["workflows.argoproj.io/default-artifact-repository"]
    s3 = json.loads(made["data"][default])["s3"]
    assert s3["bucket"] == "yard-artifacts"
    assert s3["endpoint"] == "object-store.yard-platform.svc:8333"
    assert s3["insecure"] is True
    assert s3["secretKeySecret"] == {"name": "object-store", "key": "secret_key"}


def test_training_reaches_registry_store_and_features_and_no_internet() -> None:
    egress = one("NetworkPolicy", "workflow-runs")["spec"]["egress"]
    assert all(rule["to"] for rule in egress)
    assert {p["port"] for rule in egress for p in rule["ports"]} == {5000, 8333, 6566, 8815}


def test_finished_runs_stay_as_long_as_asked() -> None:
    assert run_defaults()["ttlStrategy"] == {"secondsAfterCompletion": 7 * 86400}
    assert run_defaults(timedelta(days=30))["ttlStrategy"]["secondsAfterCompletion"] == 30 * 86400


def release() -> Mapping[str, Any]:
    (found,) = graph().named("yard-cluster-argo-workflows")
    return manifest(found)["values"]


def test_the_controller_sees_both_namespaces_and_restricts_its_own_containers() -> None:
    values = release()
    assert values["controller"]["workflowNamespaces"] == ["yard-training", "yard-production"]
    defaults = values["controller"]["workflowDefaults"]["spec"]
    assert defaults["serviceAccountName"] == "workflow-runner"
    assert defaults["ttlStrategy"]["secondsAfterCompletion"] == 30 * 86400
    assert defaults["securityContext"]["runAsNonRoot"] is True
    for part in ("executor", "mainContainer"):
        assert values[part]["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_approvers_resume_runs_in_production() -> None:
    role = one("Role", "yard-promotion", "yard-production")
    (workflows,) = (r for r in role["rules"] if r["resources"] == ["workflows"])
    assert {"update", "patch", "create"} <= set(workflows["verbs"])
    assert "delete" not in workflows["verbs"]
    people = one("RoleBinding", "yard-promotion", "yard-production")["subjects"]
    assert {(p["kind"], p["name"]) for p in people} == {("Group", "risk"), ("User", "ada")}


def test_the_rules_hold_in_production_alone() -> None:
    name = "yard-production-runs"
    rules = one("ValidatingAdmissionPolicy", name, None)["spec"]
    assert rules["failurePolicy"] == "Fail"
    bound = one("ValidatingAdmissionPolicyBinding", name, None)["spec"]
    assert bound["policyName"] == name
    assert bound["validationActions"] == ["Deny"]
    where = bound["matchResources"]["namespaceSelector"]["matchLabels"]
    assert where == {"kubernetes.io/metadata.name": "yard-production"}


PROPOSER = "system:serviceaccount:yard-training:fraud-proposer"
CONTROLLER = "system:serviceaccount:argo:argo-workflow-controller"
PERSON = "ada"


def asks(template: str, by: str, **more: str) -> dict[str, Any]:
    given = [{"name": name, "value": value} for name, value in {"by": by, **more}.items()]
    return {"workflowTemplateRef": {"name": template}, "arguments": {"parameters": given}}


ASKED = asks("fraud-promote", PROPOSER, version="7")
BACK = asks("fraud-rollback", PERSON)
STARTED = {"startedAt": None, "finishedAt": None}
COPY = {"storedWorkflowTemplateSpec": {"entrypoint": "run"}}


def ran(phase: str, signed: str | None = None, gate: str = "Succeeded") -> dict[str, Any]:
    """The status of a run that has come to its approval."""
    signature = {"value": signed} if signed else {"valueFrom": {"supplied": {}}}
    approve = {
        "templateName": "approve",
        "type": "Suspend",
        "phase": phase,
        "outputs": {"parameters": [{"name": "approver", **signature}]},
    }
    passed = {"templateName": "gate", "type": "Pod", "phase": gate}
    group = {"type": "Steps", "phase": "Running"}
    return {**COPY, "nodes": {"r": group, "r-1": passed, "r-2": approve}}


def approval(by: str, signed: str | None, asked: Any = ASKED, **status: Any) -> tuple[Any, ...]:
    """Somebody lets a run go on that waits."""
    old = {"spec": asked, "status": ran("Running")}
    return (by, asked, ran("Succeeded", signed, **status), old)


def refused(
    user: str,
    spec: Mapping[str, Any],
    status: Mapping[str, Any] | None = None,
    old: Mapping[str, Any] | None = None,
) -> set[str]:
    """What is said against a workflow that somebody creates, or changes where there is an old."""
    cel = pytest.importorskip("cel", reason="needs the package common-expression-language")
    known = {
        "object": {"spec": spec, **({"status": status} if status is not None else {})},
        "oldObject": old,
        "request": {
            "operation": "UPDATE" if old else "CREATE",
            "userInfo": {"username": user},
        },
    }
    return {said for said, rule in EXPRESSIONS.items() if not _holds(cel, rule, known)}


def _holds(cel: Any, rule: str, known: Mapping[str, Any]) -> bool:
    """A rule that cannot be evaluated refuses, as `failurePolicy: Fail` has it."""
    try:
        return cel.evaluate(rule, known) is True
    except KeyError:
        return False


ALLOWED = {
    "training asks": (PROPOSER, ASKED, None, None),
    "training asks by a typed client": (PROPOSER, ASKED, STARTED, None),
    "an approver rolls back": (PERSON, BACK, None, None),
    "an approver proposes": (PERSON, asks("fraud-promote", PERSON, version="7"), None, None),
    "an approver tries": (PERSON, asks("fraud-gate", PERSON, version="newest"), None, None),
    "the controller works": (CONTROLLER, ASKED, COPY, {"spec": ASKED}),
    "the controller goes on": (
        CONTROLLER,
        ASKED,
        ran("Running"),
        {"spec": ASKED, "status": {**COPY, "nodes": {}}},
    ),
    "the controller goes on after an approval": (
        CONTROLLER,
        ASKED,
        {**ran("Succeeded", PERSON), "phase": "Succeeded"},
        {"spec": ASKED, "status": ran("Succeeded", PERSON)},
    ),
    "an approver signs and lets go on": approval(PERSON, PERSON),
    "an approver signs first": (
        PERSON,
        ASKED,
        ran("Running", PERSON),
        {"spec": ASKED, "status": ran("Running")},
    ),
    "one approver approves what another asked for": approval(
        PERSON, PERSON, asks("fraud-promote", "grace", version="7")
    ),
    "an approver stops": (
        PERSON,
        {**ASKED, "shutdown": "Terminate"},
        COPY,
        {"spec": ASKED, "status": COPY},
    ),
}
FORBIDDEN = {
    "templates of one's own": (PROPOSER, {**ASKED, "templates": []}, None, None),
    "no template": (PROPOSER, {"entrypoint": "run"}, None, None),
    "an entrypoint behind the approval": (PROPOSER, {**ASKED, "entrypoint": "x"}, None, None),
    "another account": (PROPOSER, {**ASKED, "serviceAccountName": "x"}, None, None),
    "a patched pod": (PROPOSER, {**ASKED, "podSpecPatch": "{}"}, None, None),
    "hooks": (PERSON, {**ASKED, "hooks": {}}, None, None),
    "artifacts": (PROPOSER, {**ASKED, "arguments": {"artifacts": []}}, None, None),
    "another template": (PERSON, {"workflowTemplateRef": {"name": "fraud-train"}}, None, None),
    "training rolls back": (PROPOSER, asks("fraud-rollback", PROPOSER), None, None),
    "training tries": (PROPOSER, asks("fraud-gate", PROPOSER), None, None),
    "in another's name": (PERSON, asks("fraud-promote", "grace"), None, None),
    "training in a person's name": (PROPOSER, asks("fraud-promote", PERSON), None, None),
    "in two names": (
        PERSON,
        {**BACK, "arguments": {"parameters": 2 * [{"name": "by", "value": PERSON}]}},
        None,
        None,
    ),
    "in nobody's name": (PERSON, {"workflowTemplateRef": {"name": "f-rollback"}}, None, None),
    "braces": (PERSON, asks("fraud-promote", PERSON, why="{{=workflow.uid}}"), None, None),
    "an approval without a name": approval(PERSON, None),
    "an approval in another's name": approval(PERSON, "grace"),
    "an approval of one's own": approval(PERSON, PERSON, asks("fraud-promote", PERSON)),
    "an approval by training": approval(PROPOSER, PROPOSER),
    "an approval by the controller": approval(CONTROLLER, CONTROLLER),
    "an approval and a gate": approval(PERSON, PERSON, gate="Skipped"),
    "a gate that is passed by": (
        PERSON,
        ASKED,
        ran("Running"),
        {"spec": ASKED, "status": ran("Running", gate="Failed")},
    ),
    "steps in another form": (
        PERSON,
        ASKED,
        {**ran("Running"), "compressedNodes": "x"},
        {"spec": ASKED, "status": ran("Running")},
    ),
    "steps where there are none": (PERSON, ASKED, ran("Running"), {"spec": ASKED}),
    "a template in the status": (PROPOSER, ASKED, COPY, None),
    "steps already done": (PROPOSER, ASKED, {"nodes": {}}, None),
    "another version": (
        PERSON,
        {**ASKED, "arguments": {"parameters": [{"name": "version", "value": "9"}]}},
        COPY,
        {"spec": ASKED, "status": COPY},
    ),
    "another template later": (
        PERSON,
        {**ASKED, "workflowTemplateRef": {"name": "other-promote"}},
        COPY,
        {"spec": ASKED, "status": COPY},
    ),
    "another copy of the template": (
        PERSON,
        ASKED,
        {"storedWorkflowTemplateSpec": {"entrypoint": "move-alias"}},
        {"spec": ASKED, "status": COPY},
    ),
    "no copy of the template": (PERSON, ASKED, {}, {"spec": ASKED, "status": COPY}),
}


def test_whoever_trains_does_not_approve() -> None:
    """Only an API server can evaluate it: tests/cluster does."""
    rules = one("ValidatingAdmissionPolicy", "yard-production-runs", None)["spec"]["validations"]
    said = {rule["message"]: rule["expression"] for rule in rules}
    assert said.items() >= separation("yard-training", "yard-production").items()
    assert set(said) > set(EXPRESSIONS)


@pytest.mark.parametrize("case", ALLOWED.values(), ids=list(ALLOWED))
def test_production_lets_through(case: tuple[Any, ...]) -> None:
    assert refused(*case) == set()


@pytest.mark.parametrize("case", FORBIDDEN.values(), ids=list(FORBIDDEN))
def test_production_refuses(case: tuple[Any, ...]) -> None:
    assert refused(*case)
