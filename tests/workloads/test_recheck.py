"""Looking at a model anew once what it reads has changed: where it runs, and with which rights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.parts import manifest, objects, planned, recorded
from tests.support.pod_security import pod_specs
from tests.workloads.test_model_checks import SITES, documents, held_by_the_job

from modelyard.recorder import Graph
from modelyard_jobs.recheck import Settings

MODELS = """
access: {approvers: ["group:risk"]}
models:
  - name: embedder
    type: predictive
    source: models:/embedder@champion
    monitor: {data: {reference: "s3://rows/e", current: "s3://rows/e/"}}
    promote: {approval: required}
  - name: scorer
    type: predictive
    source: models:/scorer@champion
    depends_on: [embedder]
    monitor:
      data: {reference: "s3://rows/r", current: "s3://rows/c/", prediction: p, target: y,
             task: classification, sensitive: [g]}
      bias: true
      explain: true
      every: 6h
    promote: {approval: required}
  - name: ranker
    type: predictive
    source: models:/ranker@champion
    depends_on: [scorer]
    monitor: {data: {reference: "s3://rows/k", current: "s3://rows/k/"}}
    promote: {approval: required}
"""


@cache
def graph(kind: str = "kubernetes") -> Graph:
    return recorded(planned(f"sites: {{here: {SITES[kind]}}}\n{MODELS}"))


def made(kind: str = "kubernetes") -> list[Mapping[str, Any]]:
    return objects(graph(kind), "Recheck")


def one(what: str, name: str, kind: str = "kubernetes") -> Mapping[str, Any]:
    (found,) = (o for o in made(kind) if (o["kind"], o["metadata"]["name"]) == (what, name))
    return found


def told(name: str) -> Settings:
    [document] = documents(one("ConfigMap", name))
    return Settings.model_validate(held_by_the_job(document).settings)


@pytest.mark.parametrize("kind", SITES)
def test_only_what_reads_others_is_looked_at_anew_and_never_twice_at_once(kind: str) -> None:
    runs = [o for o in made(kind) if o["kind"] == "CronJob"]
    assert {run["metadata"]["name"] for run in runs} == {"scorer-recheck", "ranker-recheck"}
    for run in runs:
        assert run["metadata"]["namespace"] == "yard-production"
        assert run["spec"]["concurrencyPolicy"] == "Forbid"
        assert run["spec"]["schedule"].endswith("-59/15 * * * *")
    if not crds_available():
        pytest.skip(crds_reason())
    assert [violations(o) for o in made(kind)] == [[]] * len(made(kind))


@pytest.mark.parametrize("kind", SITES)
def test_it_may_ask_nothing_of_the_api_server(kind: str) -> None:
    assert not [o for o in made(kind) if o["kind"] in ("Role", "RoleBinding")]
    [spec] = pod_specs(one("CronJob", "scorer-recheck", kind))
    assert spec["automountServiceAccountToken"] is False
    account = spec["serviceAccountName"]
    bindings = [
        subject["name"]
        for resource in graph(kind)
        if resource.type.endswith(":RoleBinding") and "subjects" in manifest(resource)
        for subject in manifest(resource)["subjects"]
    ]
    assert account not in bindings


def test_each_check_is_told_what_the_clock_tells_it_and_tags_nothing_by_itself() -> None:
    settings = told("scorer-recheck")
    assert [check.job for check in settings.checks] == ["drift", "performance", "bias"]
    for check in settings.checks:
        [clock] = [
            json.loads(o["data"]["job.json"])
            for o in objects(graph(), "ModelChecks")
            if o.get("kind") == "ConfigMap" and o["metadata"]["name"] == f"scorer-{check.job}"
        ]
        assert check.settings == clock["settings"]
        assert check.data.model_dump(exclude_defaults=True, mode="json") == clock["data"]
        assert (check.output.tags, check.output.report) == (False, None)
        assert check.output.push == clock["output"]["push"]
    assert settings.pause == 6 * 3600


def test_the_gate_waits_for_what_is_run_anew_and_for_nothing_else() -> None:
    promote = [o for o in objects(graph(), "Promotion") if o["kind"] == "WorkflowTemplate"]
    [template] = [o for o in promote if o["metadata"]["name"] == "scorer-gate"]
    [document] = documents(template)
    gate = json.loads(document.replace("{{=toJson(workflow.parameters.version)}}", '"7"'))
    assert gate["settings"]["revalidate"] == [c.job for c in told("scorer-recheck").checks]


def test_it_comes_after_what_it_reads_and_hears_of_its_drift() -> None:
    scorer, ranker = told("scorer-recheck"), told("ranker-recheck")
    assert [reader.name for reader in scorer.after] == []
    assert [reader.registered for reader in ranker.after] == ["scorer"]
    assert scorer.drift is not None
    assert scorer.drift.models == ("embedder",)
    assert scorer.drift.on == ("DataDrift", "EmbeddingDrift", "PredictionShift")
    assert scorer.drift.prometheus.startswith("http://kube-prometheus-stack-prometheus")


@pytest.mark.parametrize("kind", SITES)
def test_it_reaches_the_registry_the_store_prometheus_and_its_gateway(kind: str) -> None:
    policy = one("NetworkPolicy", "scorer-recheck", kind)["spec"]
    ports = sorted(port["port"] for rule in policy["egress"] for port in rule["ports"])
    store = 443 if kind in ("aws", "gcp") else 8333
    assert ports == sorted([5000, store, 9090, 9091])
    template = one("CronJob", "scorer-recheck", kind)["spec"]["jobTemplate"]["spec"]["template"]
    assert policy["podSelector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert template["metadata"]["labels"]["app.kubernetes.io/component"] == "model-check"


def test_on_aws_it_reads_its_rows_and_writes_nothing() -> None:
    policies = graph("aws").of_type("aws:iam/rolePolicy:RolePolicy")
    rights = [json.loads(r.inputs["policy"]) for r in policies if "scorer-recheck" in r.name]
    statements = [each for policy in rights for each in policy["Statement"]]
    actions = {action for each in statements for action in each["Action"]}
    assert "s3:GetObject" in actions
    assert not {a for a in actions if a.startswith(("s3:Put", "s3:Delete"))}
    reads = json.dumps([s["Resource"] for s in statements if "s3:GetObject" in s["Action"]])
    assert "rows/c/" in reads
    assert "rows/k" not in reads
