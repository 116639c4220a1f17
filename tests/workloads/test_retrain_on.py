"""The loop: a verdict's alert is asked for, training is claimed once, and what comes of it is held
against its bounds before it is proposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.parts import objects, planned, recorded
from tests.workloads.test_model_checks import documents, filled, held_by_the_job

from modelyard.objects.workflows import REPORT
from modelyard.recorder import Graph

KEY = r"-----BEGIN PUBLIC KEY-----\nQUJD\n-----END PUBLIC KEY-----\n"
BLUEPRINT = """
sites: {here: {kind: kubernetes}}
monitoring: {}
ingestion: {validation: great-expectations}
models:
  - name: churn
    type: predictive
    source: models:/churn@champion
    monitor: {data: {reference: s3://rows/r, current: s3://rows/c/}}
    artifact: {signature: required, public_key: "KEY", allow: ["*.onnx"]}
    retrain:
      "on": [drift]
      cooldown: 3d
      image: registry.example/train:1
      command: [train]
      data: s3://rows/training.parquet
      suite: s3://rows/suite.json
    promote: {benchmark: {auc: ">= 0.9"}, fairness: {parity: "<= 0.1"}}
  - name: plain
    type: predictive
    source: models:/plain@champion
    retrain: {every: 30d, image: "registry.example/train:1", command: [train]}
""".replace("KEY", KEY)


@cache
def graph() -> Graph:
    return recorded(planned(BLUEPRINT))


def own() -> list[Mapping[str, Any]]:
    return objects(graph(), "Retraining")


def one(kind: str, name: str) -> Mapping[str, Any]:
    (found,) = (o for o in own() if (o["kind"], o["metadata"]["name"]) == (kind, name))
    return found


def template(name: str, model: str = "churn") -> Mapping[str, Any]:
    spec = one("WorkflowTemplate", f"{model}-train")["spec"]
    (found,) = (t for t in spec["templates"] if t["name"] == name)
    return found


def asking() -> Mapping[str, Any]:
    return one("CronWorkflow", "churn-retrain-on")["spec"]


def steps(templates: list[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    (found,) = (t for t in templates if t["name"] == name)
    return [step for group in found["steps"] for step in group]


def test_every_object_is_valid() -> None:
    if not crds_available():
        pytest.skip(crds_reason())
    assert {o["metadata"]["name"]: violations(o) for o in own() if violations(o)} == {}


def test_it_asks_every_quarter_of_an_hour_and_never_twice_at_once() -> None:
    [schedule] = asking()["schedules"]
    minute, *rest = schedule.split()
    assert minute.endswith("-59/15")
    assert rest == ["*"] * 4
    assert asking()["concurrencyPolicy"] == "Forbid"
    assert asking()["workflowSpec"]["serviceAccountName"] == "workflow-runner"
    assert asking()["workflowSpec"]["securityContext"]["runAsNonRoot"] is True


def test_it_goes_on_to_training_where_the_job_says_so_and_only_there() -> None:
    ask, train = steps(asking()["workflowSpec"]["templates"], "ask")
    assert ask["template"] == "trigger"
    assert train["templateRef"] == {"name": "churn-train", "template": "run"}
    assert train["when"] == "{{steps.trigger.outputs.parameters.verdict}} == breached"
    (trigger,) = (t for t in asking()["workflowSpec"]["templates"] if t["name"] == "trigger")
    assert trigger["container"]["command"][2:] == ["--report-only", "--verdict", "/tmp/verdict"]
    found = {p["name"]: p["valueFrom"] for p in trigger["outputs"]["parameters"]}
    assert found["verdict"] == {"path": "/tmp/verdict"}
    assert trigger["archiveLocation"] == {"archiveLogs": False}


def test_it_asks_the_prometheus_beside_it_for_the_alerts_of_what_starts_training() -> None:
    [document] = documents(one("CronWorkflow", "churn-retrain-on"))
    config = held_by_the_job(filled(document))
    assert config.job == "trigger"
    assert config.model.candidate == "churn-candidate"
    assert config.settings == {
        "on": ["DataDrift", "EmbeddingDrift"],
        "prometheus": "http://kube-prometheus-stack-prometheus.monitoring.svc:9090",
        "platform": "yard",
        "cooldown": 3 * 86400,
    }


def test_one_run_of_a_model_at_a_time_whoever_starts_it() -> None:
    run = template("run")
    assert run["synchronization"] == {"mutexes": [{"name": "churn-training"}]}
    values = {m["when"]: m["gauge"]["value"] for m in run["metrics"]["prometheus"]}
    assert values == {"{{status}} == Succeeded": "0", "{{status}} != Succeeded": "1"}
    (clock,) = (o for o in own() if o["metadata"]["name"] == "churn-retrain")
    assert clock["spec"]["workflowSpec"] == {"workflowTemplateRef": {"name": "churn-train"}}


def test_the_steps_are_in_the_fields_order() -> None:
    run = steps(one("WorkflowTemplate", "churn-train")["spec"]["templates"], "run")
    assert [step["name"] for step in run] == [
        "validate-data",
        "train",
        "newest",
        "scan-artifact",
        "gate",
        "propose",
    ]
    version = {"name": "version", "value": "{{steps.newest.outputs.parameters.version}}"}
    for step in run[3:]:
        assert step["arguments"]["parameters"] == [version]


def test_a_step_whose_verdict_is_not_passed_ends_the_run() -> None:
    for name in ("validate-data", "scan-artifact", "gate"):
        assert "--report-only" not in template(name)["container"]["command"]
        assert "continueOn" not in template(name)
        outputs = template(name)["outputs"]["parameters"]
        assert [each["name"] for each in outputs] == [REPORT]


def settings(name: str) -> Iterator[Mapping[str, Any]]:
    for document in documents(one("WorkflowTemplate", "churn-train")):
        config = held_by_the_job(filled(document))
        if config.job == name:
            yield {"version": config.model.version, "tags": config.output.tags, **config.settings}


def test_what_was_trained_is_scanned_and_tagged() -> None:
    [found] = settings("scan-artifact")
    assert found == {
        "version": "7",
        "tags": True,
        "allow": ["*.onnx"],
        "signature": {"required": True, "public_key": "/etc/modelyard/signer.pem"},
    }
    files = {f["path"]: f for f in template("scan-artifact")["inputs"]["artifacts"]}
    assert files["/etc/modelyard/signer.pem"]["raw"] == {"data": KEY.replace("\\n", "\n")}


def test_bounds_and_verdicts_are_held_against_the_candidate() -> None:
    [found] = settings("gate")
    assert found["benchmark"] == {"auc": {"min": 0.9}}
    assert found["fairness"] == {"parity": {"max": 0.1}}
    assert found["checks"] == ["scan-artifact"]


def test_data_are_held_against_their_suite_before_anybody_trains_on_them() -> None:
    [found] = settings("validate-data")
    assert found["suite"] == "s3://rows/suite.json"
    [document] = (d for d in documents(one("WorkflowTemplate", "churn-train")) if "validate" in d)
    assert held_by_the_job(filled(document)).data.current == "s3://rows/training.parquet"


def test_jobs_reach_prometheus_and_its_gateway_and_what_any_step_may() -> None:
    policy = one("NetworkPolicy", "churn-jobs")["spec"]
    ports = sorted(port["port"] for rule in policy["egress"] for port in rule["ports"])
    assert ports == sorted([5000, 8333, 9090, 9091])
    for name in ("validate-data", "scan-artifact", "gate"):
        labels = template(name)["metadata"]["labels"]
        assert policy["podSelector"]["matchLabels"].items() <= labels.items()
        assert labels["app.kubernetes.io/component"] == "model-check"


def test_a_model_that_asks_for_nothing_of_it_is_trained_as_before() -> None:
    names = {o["metadata"]["name"] for o in own() if o["metadata"]["name"].startswith("plain")}
    assert names == {"plain-train", "plain-retrain"}
    assert set(template("run", "plain")) == {"name", "steps"}
    run = steps(one("WorkflowTemplate", "plain-train")["spec"]["templates"], "run")
    assert [step["name"] for step in run] == ["train", "newest", "propose"]
