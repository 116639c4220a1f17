"""Personal data are looked for before anybody trains on them, and a candidate is attacked after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.parts import objects, planned, recorded
from tests.workloads.test_model_checks import SITES, documents, filled, held_by_the_job

from modelyard.recorder import Graph
from modelyard_jobs.config import Config

MODEL = """
models:
  - name: churn
    type: predictive
    source: models:/churn@champion
    monitor:
      data: {reference: s3://rows/r.parquet, current: s3://rows/c/, target: y, features: [a, b]}
      robustness: {drop: 5%, epsilon: 0.2}
    artifact: {allow: ["*.onnx"]}
    retrain: {every: 30d, image: "registry.example/train:1", command: [train], data: s3://rows/t}
    promote: {benchmark: {auc: ">= 0.9"}, checks: [robustness, pii]}
"""


@cache
def graph(kind: str = "kubernetes") -> Graph:
    return recorded(planned(f"sites: {{here: {SITES[kind]}}}\n{MODEL}"))


def one(part: str, name: str, kind: str) -> Mapping[str, Any]:
    made = (o for o in objects(graph(kind), part) if o["kind"] == "WorkflowTemplate")
    (found,) = (o for o in made if o["metadata"]["name"] == name)
    return found


def templates(kind: str = "kubernetes") -> dict[str, Mapping[str, Any]]:
    spec = one("Retraining", "churn-train", kind)["spec"]
    return {each["name"]: each for each in spec["templates"]}


def steps(kind: str = "kubernetes") -> dict[str, Mapping[str, Any]]:
    return {step["name"]: step for [step] in templates(kind)["run"]["steps"]}


def told(job: str, kind: str = "kubernetes") -> Config:
    found = map(held_by_the_job, map(filled, documents(one("Retraining", "churn-train", kind))))
    (config,) = (each for each in found if each.job == job)
    return config


@pytest.mark.parametrize("kind", SITES)
def test_the_order_is_data_training_scan_attack_gate(kind: str) -> None:
    assert list(steps(kind)) == [
        *("pii", "train", "newest"),
        *("attest", "scan-artifact", "robustness", "gate", "propose"),
    ]
    if not crds_available():
        pytest.skip(crds_reason())
    assert violations(one("Retraining", "churn-train", kind)) == []


def test_a_breach_ends_the_run() -> None:
    for name in ("pii", "attest", "robustness"):
        template = templates()[name]
        assert "--report-only" not in template["container"]["command"]
        assert "continueOn" not in template
        labels = template["metadata"]["labels"]
        assert labels["app.kubernetes.io/component"] == "model-check"


@pytest.mark.parametrize(("kind", "scheme"), [("kubernetes", "s3"), ("gcp", "gs")])
def test_what_training_is_about_to_read_is_looked_through(kind: str, scheme: str) -> None:
    config = told("pii", kind)
    assert config.data.reference == f"{scheme}://rows/t"
    assert config.data.current is None
    assert config.model.version is None
    assert config.output.tags is False


def test_without_it_the_rows_that_the_model_is_compared_with_are() -> None:
    text = MODEL.replace(", data: s3://rows/t}", "}")
    found = recorded(planned(f"sites: {{here: {{kind: kubernetes}}}}\n{text}"))
    (train,) = (o for o in objects(found, "Retraining") if o["metadata"]["name"] == "churn-train")
    (pii,) = (d for d in map(json.loads, map(filled, documents(train))) if d["job"] == "pii")
    assert pii["data"] == {"reference": "s3://rows/r.parquet"}


def test_the_version_is_told_what_was_found_before_there_was_one() -> None:
    given = {p["name"]: p["value"] for p in steps()["attest"]["arguments"]["parameters"]}
    assert given == {
        "report": "{{steps.pii.outputs.parameters.report}}",
        "version": "{{steps.newest.outputs.parameters.version}}",
    }
    (text,) = (f["raw"]["data"] for f in templates()["attest"]["inputs"]["artifacts"])
    assert '"report": {{=toJson(inputs.parameters.report)}}' in text
    assert told("attest").output.push is None


def test_a_candidate_is_attacked_by_what_the_clock_goes_by() -> None:
    config = told("robustness")
    assert config.settings == {"drop": 0.05, "epsilon": 0.2}
    assert config.model.version == "7"
    assert config.output.tags is True
    assert config.data.features == ("a", "b")
    assert config.data.current is None


@pytest.mark.parametrize("part", ["Retraining", "Promotion"])
def test_no_gate_lets_in_what_has_not_passed_them(part: str) -> None:
    name = "churn-train" if part == "Retraining" else "churn-promote"
    found = [held_by_the_job(filled(d)) for d in documents(one(part, name, "kubernetes"))]
    (gate,) = (each for each in found if each.job == "gate")
    assert set(gate.settings["checks"]) == {"scan-artifact", "pii", "robustness"}


def test_on_aws_the_runner_may_read_what_is_looked_through() -> None:
    policies = graph("aws").of_type("aws:iam/rolePolicy:RolePolicy")
    rights = [json.loads(r.inputs["policy"]) for r in policies if "workflow-runner" in r.name]
    statements = [each for policy in rights for each in policy["Statement"]]
    reads = json.dumps([s["Resource"] for s in statements if "s3:GetObject" in s["Action"]])
    assert "rows/t" in reads
    assert "rows/r.parquet" in reads


def test_the_plan_says_what_a_candidate_is_held_to_in_the_order_in_which_it_is_met() -> None:
    watch = planned(f"sites: {{here: {{kind: kubernetes}}}}\n{MODEL}").watch("churn")
    assert watch is not None
    gates = [(each.measure, each.bound) for each in watch.limits if each.check == "gate"]
    assert gates == [("pii personal_data", "<= 0"), ("robustness drop", "<= 5%")]
    assert "pii" not in [check.job for check in watch.checks]
