"""Promotion: from a candidate to production, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.parts import objects, planned, recorded

from modelyard.blueprint.model import Model
from modelyard.plan.promotion import alias, candidate_name, follows_alias, promoted, registered_name
from modelyard.recorder import Graph
from modelyard.workloads.inside import promote
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
    artifact: {sha256: "0000000000000000000000000000000000000000000000000000000000000000"}
  - name: churn
    type: predictive
    source: models:/churn@champion
    serve: {mode: batch, schedule: "0 3 * * *", input: s3://a/in.csv, output: s3://a/out.csv}
    retrain: {every: 30d, image: "registry.example/train:1", command: [python, train.py]}
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
    held = ["gate", "approve", "gate-again", "move-alias"]
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
    assert environment("fraud-promote")["APPROVAL"] == "{{inputs.parameters.approval}}"
    assert environment("fraud-promote")["BY"] == "{{workflow.parameters.by}}"


def test_going_back_waits_for_nobody() -> None:
    assert steps("fraud-rollback") == ["move-alias", "restart", "revalidate"]
    assert environment("fraud-rollback")["VERSION"] == "previous"


def test_only_the_promoter_of_production_moves_the_alias() -> None:
    found = environment("fraud-promote")
    assert found["MLFLOW_TRACKING_PASSWORD"] == {"name": "mlflow-promoter", "key": "password"}
    assert found["MODEL"] == "fraud-scorer"
    assert found["ALIAS"] == "live"
    assert found["SOURCE"] == "models:/fraud-scorer-candidate"
    assert found["VERSION"] == "{{workflow.parameters.version}}"


def test_what_comes_from_elsewhere_is_approved_by_its_address() -> None:
    found = environment("encoder-promote")
    assert (found["MODEL"], found["SOURCE"]) == ("encoder", "s3://models/encoder")
    assert steps("encoder-promote") == ["gate", "approve", "gate-again", "move-alias"]


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
        lambda found: json.dumps(values[found[1].rpartition(".")[2]]),
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
    assert settings.checks == ("scan-artifact",)
    assert not config.output.tags


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


class Refusal(Exception):
    error_code = "RESOURCE_DOES_NOT_EXIST"


class Registry:
    """MLflow's registry, as far as promotion needs it."""

    def __init__(self) -> None:
        self.versions: list[SimpleNamespace] = []
        self.aliases: dict[str, str] = {}

    def get_model_version_by_alias(self, model: str, alias: str) -> SimpleNamespace:
        if alias not in self.aliases:
            raise Refusal
        return SimpleNamespace(version=self.aliases[alias])

    def search_model_versions(self, query: str) -> list[SimpleNamespace]:
        assert query == "name='fraud'"
        return self.versions

    def copy_model_version(self, origin: str, model: str) -> SimpleNamespace:
        return self.create_model_version(model, origin)

    def create_model_version(self, model: str, source: str) -> SimpleNamespace:
        made = SimpleNamespace(version=str(len(self.versions) + 1), tags={}, source=source)
        self.versions.append(made)
        return made

    def set_model_version_tag(self, model: str, version: str, key: str, value: str) -> None:
        self.versions[int(version) - 1].tags[key] = value

    def set_registered_model_alias(self, model: str, alias: str, version: str) -> None:
        self.aliases[alias] = version


def go(client: Registry, version: str, source: str = "models:/fraud-candidate") -> str | None:
    return promote.carried_out(
        client,
        {
            "MODEL": "fraud",
            "ALIAS": "champion",
            "SOURCE": source,
            "VERSION": version,
            "WORKFLOW": "fraud-promote-x",
        },
    )


def test_a_candidate_becomes_a_version_and_the_one_before_is_remembered() -> None:
    client = Registry()
    assert go(client, "7") is None
    assert client.aliases == {"champion": "1"}
    go(client, "9")
    assert client.aliases == {"champion": "2", "previous": "1"}
    assert client.versions[1].source == "models:/fraud-candidate/9"
    assert client.versions[1].tags["modelyard.workflow"] == "fraud-promote-x"
    assert client.versions[1].tags["modelyard.approved_at"].endswith("+00:00")


def test_the_same_candidate_twice_changes_nothing() -> None:
    client = Registry()
    for version in ("7", "9", "9"):
        go(client, version)
    assert client.aliases == {"champion": "2", "previous": "1"}
    assert len(client.versions) == 2


def test_back_and_forth() -> None:
    client = Registry()
    for version in ("7", "9", "previous"):
        go(client, version)
    assert client.aliases == {"champion": "1", "previous": "2"}
    go(client, "previous")
    assert client.aliases == {"champion": "2", "previous": "1"}


def test_there_is_no_way_back_from_the_first() -> None:
    client = Registry()
    assert "no previous version" in (go(client, "previous") or "")
    go(client, "7")
    assert "no previous version" in (go(client, "previous") or "")
    assert client.aliases == {"champion": "1"}


def test_an_address_is_registered_with_its_revision() -> None:
    client = Registry()
    go(client, "main", source="hf://org/model")
    assert client.versions[0].source == "hf://org/model"
    assert client.versions[0].tags["modelyard.promoted_from"] == "hf://org/model@main"


@pytest.mark.parametrize("version", ["", "7; rm", "{{x}}", "../7", "a b"])
def test_a_version_that_is_none_is_refused(version: str) -> None:
    client = Registry()
    assert "is not a version" in (go(client, version) or "")
    assert client.versions == []
