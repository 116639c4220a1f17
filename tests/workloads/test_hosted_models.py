"""Models that a cloud serves and trains, watched by the platform's jobs: what those are told, whom
they ask, and what they may do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from tests.support.iam import Of, policies
from tests.support.kubernetes_schemas import crds_available, violations
from tests.support.parts import objects, planned, recorded
from tests.support.pod_security import pod_specs
from tests.workloads.test_model_checks import held_by_the_job

from modelyard.recorder import Graph
from modelyard.sites.gcp.vertex.pipelines import STARTS

SITES = {
    "aws": '{kind: aws, region: eu-west-1, account: "123456789012"}',
    "gcp": "{kind: gcp, region: europe-west4, project: acme-yard-1}",
}
ENGINES = {
    "aws": ("sagemaker", "sagemaker", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1"),
    "gcp": ("vertex", "cloud-run", "europe-west4-docker.pkg.dev/acme-yard-1/yard/churn:1"),
}
SOURCES = {"aws": "models:/churn/3", "gcp": "gs://acme-rows/churn/3/"}
MODEL = """
sites: {here: %(site)s}
monitoring: {}
pipelines: {engine: %(pipelines)s}
%(registry)s
models:
  - name: churn
    type: predictive
    source: %(source)s
    serve: {engine: %(engine)s, image: "%(image)s"}
    monitor:
      bias: true
      expected: {accuracy: 0.9}
      data:
        reference: s3://acme-rows/churn/reference.parquet
        current: s3://acme-rows/churn/current/
        task: classification
        target: churned
        prediction: answer
        sensitive: [age_group]
    retrain:
      "on": [drift, accuracy, prediction-shift]
      cooldown: 2d
      image: "%(image)s"
      command: [train]
"""


@cache
def graph(kind: str) -> Graph:
    pipelines, engine, image = ENGINES[kind]
    registry = "registry: {engine: sagemaker}" if kind == "aws" else ""
    text = MODEL % {
        "site": SITES[kind],
        "pipelines": pipelines,
        "registry": registry,
        "source": SOURCES[kind],
        "engine": engine,
        "image": image,
    }
    return recorded(planned(text), deployed=False)


def made(kind: str, component: str) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    found = objects(graph(kind), component)
    return {(each["kind"], each["metadata"]["name"]): each for each in found}


def told(kind: str, component: str, name: str) -> Any:
    return held_by_the_job(made(kind, component)["ConfigMap", name]["data"]["job.json"])


@pytest.mark.parametrize("kind", SITES)
def test_it_is_checked_on_a_clock_and_no_registry_is_asked(kind: str) -> None:
    runs = [name for what, name in made(kind, "ModelChecks") if what == "CronJob"]
    assert sorted(runs) == ["churn-bias", "churn-drift", "churn-performance"]
    config = told(kind, "ModelChecks", "churn-performance")
    assert config.output.tags is False
    assert config.settings["baseline"] == {"accuracy": 0.9}
    [spec] = pod_specs(made(kind, "ModelChecks")["CronJob", "churn-performance"])
    assert not [it for it in spec["containers"][0]["env"] if it["name"].startswith("MLFLOW")]
    policy = made(kind, "ModelChecks")["NetworkPolicy", "churn-checks"]["spec"]
    ports = sorted(port["port"] for rule in policy["egress"] for port in rule["ports"])
    assert ports == [443, 9091]


@pytest.mark.parametrize("kind", SITES)
def test_its_alerts_are_asked_for_and_its_own_training_started(kind: str) -> None:
    config = told(kind, "VerdictTrigger", "churn-retrain-on")
    assert config.settings["cooldown"] == 2 * 86400
    assert set(config.settings["on"]) == {
        *("DataDrift", "EmbeddingDrift", "PerformanceDrop", "PredictionShift")
    }
    [pipeline] = graph(kind).of_type(
        *{
            "aws": ["aws:sagemaker/pipeline:Pipeline"],
            "gcp": ["gcp:workflows/workflow:Workflow"],
        }[kind]
    )
    starts = config.settings["starts"]
    if kind == "aws":
        assert starts == {"sagemaker": pipeline.inputs["pipelineName"]}
    else:
        place = "projects/acme-yard-1/locations/europe-west4"
        assert starts == {"vertex": f"{place}/workflows/{pipeline.inputs['name']}"}
        [create] = (
            step["start"]["try"]["args"]["body"]
            for step in json.loads(pipeline.inputs["sourceContents"])["main"]["steps"]
            if "start" in step
        )
        # By this name the job finds the runs of that workflow.
        assert create["displayName"] == pipeline.inputs["name"]


@pytest.mark.parametrize("kind", SITES)
def test_it_asks_prometheus_and_the_cloud_and_has_no_rights_in_the_cluster(kind: str) -> None:
    found = made(kind, "VerdictTrigger")
    run = found["CronJob", "churn-retrain-on"]
    assert run["metadata"]["namespace"] == "yard-training"
    assert run["spec"]["concurrencyPolicy"] == "Forbid"
    [spec] = pod_specs(run)
    assert spec["automountServiceAccountToken"] is False
    assert spec["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    told = {it["name"]: it["value"] for it in spec["containers"][0]["env"]}
    assert told.get("AWS_DEFAULT_REGION") == ("eu-west-1" if kind == "aws" else None)
    policy = found["NetworkPolicy", "churn-retrain-on"]["spec"]
    template = run["spec"]["jobTemplate"]["spec"]["template"]
    assert policy["podSelector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    ports = sorted(port["port"] for rule in policy["egress"] for port in rule["ports"])
    assert ports == [443, 9090]
    if crds_available():
        assert [violations(each) for each in found.values()] == [[]] * len(found)


def test_on_aws_it_may_start_one_pipeline_and_see_its_runs() -> None:
    place = "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/yard-churn"
    [policy] = [
        it for it in policies(graph("aws"), Of.IDENTITY) if "churn-retrain-on" in it.holder.name
    ]
    allowed = {action: it.resources for it in policy.allowed for action in it.actions}
    assert allowed == {
        "sagemaker:StartPipelineExecution": (place,),
        "sagemaker:ListPipelineExecutions": (place,),
    }


def test_on_google_it_may_start_workflows_and_change_nothing() -> None:
    [role] = [
        it
        for it in graph("gcp").of_type("gcp:projects/iAMCustomRole:IAMCustomRole")
        if it.inputs["permissions"] == list(STARTS)
    ]
    [member] = [
        it.inputs["member"]
        for it in graph("gcp").of_type("gcp:projects/iAMMember:IAMMember")
        if it.inputs["role"] == f"${{{role.name}.name}}"
    ]
    assert member.endswith("/subject/ns/yard-training/sa/churn-retrain-on")


@pytest.mark.parametrize("kind", SITES)
def test_alerts_are_those_of_its_limits_and_none_of_a_workflow_of_ours(kind: str) -> None:
    names = {
        rule["alert"]
        for it in graph(kind).of_type("kubernetes:monitoring.coreos.com/v1:PrometheusRule")
        for group in it.inputs["spec"]["groups"]
        for rule in group["rules"]
        if rule.get("labels", {}).get("model") == "churn"
    }
    assert {"DataDrift", "PredictionShift", "PerformanceDrop", "BiasBreached"} <= names
    assert "RetrainFailing" not in names
