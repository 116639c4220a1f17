"""Promotion: from a candidate to production, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.parts import objects, planned, recorded

from modelyard.blueprint.model import Model
from modelyard.plan.promotion import alias, candidate_name, follows_alias, promoted, registered_name
from modelyard.recorder import Graph
from modelyard_jobs.config import Config

BLUEPRINT = """
sites: {here: {kind: kubernetes}}
registry: {}
access: {approvers: ["group:risk"]}
models:
  - name: fraud
    type: predictive
    source: models:/fraud-scorer@live
    promote: {approval: required, benchmark: {auc: ">= 0.92", loss: "< 1"}}
  - name: churn
    type: predictive
    source: models:/churn@champion
    serve: {mode: batch, schedule: "0 3 * * *", input: s3://a/in.csv, output: s3://a/out.csv}
    retrain: {every: 30d, image: "registry.example/train:1", command: [python, train.py]}
    artifact: {signature: required}
    depends_on: [fraud]
  - name: encoder
    type: embedding
    source: s3://models/encoder
    serve: {engine: onnx-runtime}
    promote: {approval: required}
  - {name: plain, type: predictive, source: "models:/plain@champion"}
"""
TRAINING, PRODUCTION = "yard-training", "yard-production"


@cache
def graph() -> Graph:
    return recorded(planned(BLUEPRINT))


def own() -> list[Mapping[str, Any]]:
    return objects(graph(), "Promotion")


def one(kind: str, name: str, namespace: str = PRODUCTION) -> Mapping[str, Any]:
    wanted = (kind, name, namespace)
    (found,) = (
        o for o in own() if (o["kind"], o["metadata"]["name"], o["metadata"]["namespace"]) == wanted
    )
    return found


def spec(name: str, namespace: str = PRODUCTION) -> Mapping[str, Any]:
    return one("WorkflowTemplate", name, namespace)["spec"]


def template(workflow: str, name: str, namespace: str = PRODUCTION) -> Mapping[str, Any]:
    (found,) = (t for t in spec(workflow, namespace)["templates"] if t["name"] == name)
    return found


def steps(workflow: str) -> list[str]:
    return [step["name"] for group in template(workflow, "run")["steps"] for step in group]


def environment(workflow: str) -> dict[str, Any]:
    env = template(workflow, "move-alias")["container"]["env"]
    return {e["name"]: e.get("value") or e["valueFrom"]["secretKeyRef"] for e in env}


def test_every_object_is_valid() -> None:
    if not crds_available():
        pytest.skip(crds_reason())
    assert {o["metadata"]["name"]: violations(o) for o in own() if violations(o)} == {}


def test_every_step_is_restricted() -> None:
    templates = [o["spec"] for o in own() if o["kind"] == "WorkflowTemplate"]
    assert len(templates) == 12
    for made in templates:
        assert made["securityContext"]["runAsNonRoot"] is True
        assert made["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for step in made["templates"]:
            for container in [step["container"]] if "container" in step else []:
                context = container["securityContext"]
                assert context["allowPrivilegeEscalation"] is False
                assert context["capabilities"] == {"drop": ["ALL"]}
                assert context["readOnlyRootFilesystem"] is True


def test_models_without_approval_or_training_are_left_alone() -> None:
    models = {o["metadata"]["name"].partition("-")[0] for o in own()}
    assert models == {"fraud", "churn", "encoder"}


def test_a_person_stands_before_the_alias_where_one_is_required() -> None:
    held = ["gate", "approve", "move-alias"]
    assert steps("fraud-promote") == [*held, "restart", "revalidate"]
    approve = template("fraud-promote", "approve")
    assert approve["suspend"] == {}
    assert approve["outputs"]["parameters"] == [{"name": "approver", "valueFrom": {"supplied": {}}}]
    assert spec("fraud-promote")["activeDeadlineSeconds"] == 14 * 86400
    assert steps("churn-promote") == ["gate", "move-alias"]
    assert "activeDeadlineSeconds" not in spec("churn-promote")


def test_who_approved_is_handed_to_what_moves_the_alias() -> None:
    [move] = [s for [s] in template("fraud-promote", "run")["steps"] if s["name"] == "move-alias"]
    [given] = move["arguments"]["parameters"]
    assert given == {
        "name": "approval",
        "value": "{{steps.approve.outputs.parameters.approver}}",
    }
    _, settings = told("fraud-promote", "move-alias", approval="grace", by="ada")
    assert (settings.by, settings.approval.by) == ("ada", "grace")
    assert settings.approval.required
    assert settings.audit == "s3://yard-artifacts/audit/promotions"
    assert not told("churn-promote", "move-alias")[1].approval.required


def test_going_back_waits_for_nobody() -> None:
    assert steps("fraud-rollback") == ["move-alias", "restart", "revalidate"]
    config, settings = told("fraud-rollback", "move-alias", by="ada", why="errors", name="run")
    assert (config.job, config.model.alias) == ("rollback", "live")
    assert (settings.by, settings.why, settings.workflow) == ("ada", "errors", "run")


def test_only_the_promoter_of_production_moves_the_alias() -> None:
    found = environment("fraud-promote")
    assert found["MLFLOW_TRACKING_PASSWORD"] == {"name": "mlflow-promoter", "key": "password"}
    config, settings = told("fraud-promote", "move-alias", version="7")
    assert config.model.registered == "fraud-scorer"
    assert config.model.alias == "live"
    assert config.model.candidate == "fraud-scorer-candidate"
    assert (settings.version, settings.source) == ("7", None)


def test_what_comes_from_elsewhere_is_approved_by_its_address() -> None:
    config, settings = told("encoder-promote", "move-alias", version="main")
    assert (config.model.registered, settings.source) == ("encoder", "s3://models/encoder")
    assert steps("encoder-promote") == ["gate", "approve", "move-alias"]


def test_what_reads_the_alias_is_restarted_and_nothing_else_can_be() -> None:
    patch = json.loads(template("fraud-promote", "restart")["resource"]["manifest"])
    assert patch["metadata"]["name"] == "fraud"
    assert (
        "kubectl.kubernetes.io/restartedAt" in patch["spec"]["template"]["metadata"]["annotations"]
    )
    (restart,) = (r for r in one("Role", "fraud-promoter")["rules"] if r["apiGroups"] == ["apps"])
    assert restart["resourceNames"] == ["fraud"]
    assert restart["resources"] == ["deployments"]
    assert all(r["apiGroups"] != ["apps"] for r in one("Role", "churn-promoter")["rules"])
    deployments = {
        r.inputs["metadata"]["name"] for r in graph().of_type("kubernetes:apps/v1:Deployment")
    }
    assert "fraud" in deployments


def test_training_may_ask_and_no_more() -> None:
    (rule,) = one("Role", "fraud-proposer")["rules"]
    assert (rule["resources"], rule["verbs"]) == (["workflows"], ["create"])
    (subject,) = one("RoleBinding", "fraud-proposer")["subjects"]
    assert (subject["name"], subject["namespace"]) == ("fraud-proposer", TRAINING)


def test_what_training_asks_for_is_what_production_lets_run() -> None:
    propose = template("fraud-propose", "propose", TRAINING)
    asked = json.loads(propose["resource"]["manifest"])
    assert propose["serviceAccountName"] == "fraud-proposer"
    assert asked["metadata"]["namespace"] == PRODUCTION
    assert set(asked["spec"]) == {"workflowTemplateRef", "arguments"}
    assert asked["spec"]["workflowTemplateRef"]["name"] == "fraud-promote"
    given = {p["name"]: p["value"] for p in asked["spec"]["arguments"]["parameters"]}
    assert given == {
        "version": "{{inputs.parameters.version}}",
        "by": f"system:serviceaccount:{TRAINING}:fraud-proposer",
        "why": "training registered it",
    }
    known = {p["name"]: p.get("value") for p in spec("fraud-promote")["arguments"]["parameters"]}
    assert known == {"version": None, "by": None, "why": ""}


def test_a_promotion_reaches_the_registry_and_the_api() -> None:
    labels = spec("fraud-promote")["podMetadata"]["labels"]
    policy = one("NetworkPolicy", "fraud-promote")["spec"]
    picked = policy["podSelector"]["matchLabels"]
    assert picked.items() <= labels.items()
    assert [p["port"] for rule in policy["egress"] for p in rule["ports"]] == [5000, 8333]
    assert labels["modelyard.dev/api-client"] == "true"


def told(workflow: str, step: str, **values: str) -> tuple[Config, Any]:
    """What a job reads once Argo has filled in what a run was given, as the job itself takes it."""
    [file] = template(workflow, step)["inputs"]["artifacts"]
    assert template(workflow, step)["container"]["command"][:2] == ["modelyard-job", file["path"]]
    text = re.sub(
        r"\{\{=toJson\(([a-z.]+)\)\}\}",
        lambda found: json.dumps(values.get(found[1].rpartition(".")[2], "it")),
        file["raw"]["data"],
    )
    config = Config.model_validate(json.loads(text))
    return config, settings_of(config)


def settings_of(config: Config) -> Any:
    return import_module(f"modelyard_jobs.{config.job}").Settings.model_validate(config.settings)


def test_the_gate_is_held_to_what_the_blueprint_says() -> None:
    config, settings = told("fraud-promote", "gate", version="7")
    assert (config.job, config.model.candidate) == ("gate", "fraud-scorer-candidate")
    assert settings.version == "7"
    assert settings.benchmark["auc"].min == 0.92
    assert 0.999 < settings.benchmark["loss"].max < 1
    assert not config.output.tags
    assert told("churn-promote", "gate")[1].checks == ("scan-artifact",)


def test_a_text_that_somebody_gives_stays_one_text() -> None:
    evil = '7", "benchmark": {}, "version": "8'
    assert told("fraud-promote", "gate", version=evil)[1].version == evil


def test_trying_ends_no_run_and_moves_nothing() -> None:
    assert steps("fraud-gate") == ["gate"]
    assert template("fraud-gate", "gate")["container"]["command"][-1] == "--report-only"
    assert "--report-only" not in template("fraud-promote", "gate")["container"]["command"]


def test_what_reads_a_model_is_marked_when_that_changes() -> None:
    _, settings = told("fraud-promote", "revalidate", name="fraud-promote-x")
    assert [(m.name, m.registered, m.alias) for m in settings.models] == [
        ("churn", "churn", "champion")
    ]
    assert settings.because == "fraud-promote-x"
    assert "revalidate" not in steps("churn-promote")
    [read] = told("churn-promote", "gate")[1].reads
    assert (read.name, read.registered, read.alias) == ("fraud", "fraud-scorer", "live")
    assert told("fraud-promote", "gate")[1].reads == ()


def model(source: str, **more: Any) -> Model:
    return Model.model_validate({"name": "m", "type": "predictive", "source": source, **more})


REQUIRED = {"promote": {"approval": "required"}}


@pytest.mark.parametrize(
    ("source", "name", "moved", "follows"),
    [
        ("models:/scorer@live", "scorer", "live", True),
        ("models:/scorer/7", "scorer", "champion", False),
        ("models:/scorer", "scorer", "champion", False),
        ("hf://org/model", "m", "champion", False),
    ],
)
def test_names_follow_from_the_source(source: str, name: str, moved: str, follows: bool) -> None:
    made = model(source, **REQUIRED)
    assert registered_name(made) == name
    assert alias(made) == moved
    assert follows_alias(made) is follows
    assert candidate_name(made) == f"{name}-candidate"


def test_training_keeps_the_name_of_what_nobody_promotes() -> None:
    made = model("models:/scorer@live")
    assert not promoted(made)
    assert candidate_name(made) == "scorer"
