"""Checks on a clock: what they are told, what they may read, and where their verdicts go."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from tests.support import shipped
from tests.support.kubernetes_schemas import crds_available, violations
from tests.support.parts import manifest, objects, planned, recorded
from tests.support.pod_security import pod_specs

from modelyard.contracts.context import Purpose
from modelyard.recorder import Graph
from modelyard.sites.kubernetes.bucket_rights import rights
from modelyard.workloads.model_checks import when
from modelyard_jobs.config import Config

SITES = {
    "kubernetes": "{kind: kubernetes}",
    "onprem": "{kind: onprem, storage_class: local}",
    "aws": '{kind: aws, region: eu-west-1, account: "123456789012"}',
    "gcp": "{kind: gcp, region: europe-west1, project: acme-yard-1}",
}
MODEL = """
models:
  - name: churn
    type: predictive
    source: models:/churn@champion
    monitor:
      bias: true
      explain: true
      every: 6h
      data:
        reference: s3://acme-rows/churn/reference.parquet
        current: s3://acme-rows/churn/current/
        window: 7d
        timestamp: at
        task: classification
        target: churned
        prediction: answer
        score: probability
        sensitive: [age_group]
        features: [age, plan]
        embedding: text
        minimum: 500
    retrain: {every: 30d, image: "registry.example/train:1", command: [train]}
"""
CHECKS = ["drift", "performance", "bias", "explain"]


@cache
def graph(kind: str = "kubernetes", more: str = "") -> Graph:
    return recorded(planned(f"sites: {{here: {SITES[kind]}}}\n{more}{MODEL}"))


def made(kind: str = "kubernetes", more: str = "") -> list[Mapping[str, Any]]:
    return objects(graph(kind, more), "ModelChecks")


def one(what: str, name: str, kind: str = "kubernetes", more: str = "") -> Mapping[str, Any]:
    (found,) = (o for o in made(kind, more) if (o["kind"], o["metadata"]["name"]) == (what, name))
    return found


def told(check: str, kind: str = "kubernetes") -> Mapping[str, Any]:
    return json.loads(one("ConfigMap", f"churn-{check}", kind)["data"]["job.json"])


def container(check: str, kind: str = "kubernetes", more: str = "") -> Mapping[str, Any]:
    [spec] = pod_specs(one("CronJob", f"churn-{check}", kind, more))
    [found] = spec["containers"]
    return found


@pytest.mark.parametrize("kind", SITES)
def test_every_check_runs_on_a_clock_of_its_own(kind: str) -> None:
    runs = [o for o in made(kind) if o["kind"] == "CronJob"]
    names = {run["metadata"]["name"] for run in runs}
    assert names == {f"churn-{check}" for check in CHECKS}
    assert len({run["spec"]["schedule"] for run in runs}) == len(runs)
    for run in runs:
        assert run["metadata"]["namespace"] == "yard-training"
        assert run["spec"]["concurrencyPolicy"] == "Forbid"
        assert run["spec"]["timeZone"] == "Etc/UTC"
    if crds_available():
        assert [violations(o) for o in made(kind)] == [[]] * len(made(kind))


def test_a_check_that_breaches_is_no_failed_job() -> None:
    assert container("drift")["command"][-1] == "--report-only"
    assert container("drift")["securityContext"]["readOnlyRootFilesystem"] is True


def held_by_the_job(document: str) -> Config:
    """What a job makes of what it is told."""
    config = Config.model_validate(json.loads(document))
    module = import_module(f"modelyard_jobs.{config.job.replace('-', '_')}")
    module.Settings.model_validate(config.settings)
    return config


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("kind", SITES)
def test_the_job_understands_what_it_is_told(check: str, kind: str) -> None:
    config = held_by_the_job(one("ConfigMap", f"churn-{check}", kind)["data"]["job.json"])
    assert (config.job, config.model.registered, config.model.alias) == (check, "churn", "champion")
    assert config.data.window == 7 * 86400
    assert config.data.features == ("age", "plan")
    assert config.data.minimum == 500
    assert config.output.push == "http://pushgateway.yard-platform.svc:9091"


def documents(resource: Mapping[str, Any]) -> Iterator[str]:
    """What jobs are told, by ConfigMaps and by steps; versions are filled in by the run."""
    for text in (resource.get("data") or {}).values() if resource["kind"] == "ConfigMap" else ():
        if '"job":' in text and '"settings":' in text:
            yield text
    if resource["kind"] in ("WorkflowTemplate", "CronWorkflow"):
        spec = resource["spec"].get("workflowSpec") or resource["spec"]
        for template in spec.get("templates", []):
            for file in template.get("inputs", {}).get("artifacts", []):
                if file["path"].endswith(".json"):
                    yield file["raw"]["data"]


@pytest.mark.parametrize("case", shipped.cases(), ids=str)
def test_the_jobs_understand_all_that_shipped_blueprints_tell_them(case: shipped.Case) -> None:
    made = [manifest(r) for r in shipped.recorded(case) if r.type.startswith("kubernetes:")]
    for each in made:
        for document in documents(each) if "kind" in each else ():
            held_by_the_job(filled(document))


def filled(document: str) -> str:
    """The document as a run fills it in: every expression becomes version 7."""
    head, *rest = document.split("{{=toJson(")
    return head + "".join('"7"' + part.partition(")}}")[2] for part in rest)


@pytest.mark.parametrize(("kind", "scheme"), [("kubernetes", "s3"), ("aws", "s3"), ("gcp", "gs")])
def test_rows_are_addressed_as_the_store_is_asked(kind: str, scheme: str) -> None:
    data = told("drift", kind)["data"]
    assert data["reference"] == f"{scheme}://acme-rows/churn/reference.parquet"
    assert data["current"] == f"{scheme}://acme-rows/churn/current/"


def test_a_version_that_only_the_promoter_may_change_is_not_tagged() -> None:
    assert told("drift")["output"]["tags"] is False


@pytest.mark.parametrize("kind", SITES)
def test_it_asks_the_registry_the_store_and_the_gateway_and_nothing_else(kind: str) -> None:
    policy = one("NetworkPolicy", "churn-checks", kind)["spec"]
    assert policy["policyTypes"] == ["Egress"]
    ports = sorted(port["port"] for rule in policy["egress"] for port in rule["ports"])
    store = 443 if kind in ("aws", "gcp") else 8333
    assert ports == sorted([5000, store, 9091])
    [spec] = pod_specs(one("CronJob", "churn-drift", kind))
    template = one("CronJob", "churn-drift", kind)["spec"]["jobTemplate"]["spec"]["template"]
    assert policy["podSelector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert spec["serviceAccountName"] == "churn-checks"
    assert spec["automountServiceAccountToken"] is False


def test_on_aws_it_may_read_its_rows_and_write_its_reports() -> None:
    rights = [
        json.loads(r.inputs["policy"])
        for r in graph("aws").of_type("aws:iam/rolePolicy:RolePolicy")
        if "churn-checks" in r.name
    ]
    statements = [s for each in rights for s in each["Statement"]]
    reads = {s["Resource"] if isinstance(s["Resource"], str) else tuple(s["Resource"])
             for s in statements if "s3:GetObject" in s["Action"]}  # fmt: skip
    writes = {s["Resource"] if isinstance(s["Resource"], str) else tuple(s["Resource"])
              for s in statements if "s3:PutObject" in s["Action"]}  # fmt: skip
    assert "acme-rows/churn/" in json.dumps(sorted(map(str, reads)))
    assert "training/checks/churn/" in json.dumps(sorted(map(str, writes)))
    assert "acme-rows" not in json.dumps(sorted(map(str, writes)))


def test_training_writes_what_models_are_compared_with_and_production_what_they_are_asked() -> None:
    plan = planned(f"sites: {{here: {SITES['kubernetes']}}}\n{MODEL}")
    allowed = rights("own", plan.blueprint.models)
    assert "Read:acme-rows" in allowed[Purpose.TRAINING]
    assert "Write:acme-rows/churn/*" in allowed[Purpose.TRAINING]
    assert "Write:acme-rows/churn/current/*" in allowed[Purpose.PRODUCTION]
    assert "Write:acme-rows/churn/*" not in allowed[Purpose.PRODUCTION]


def test_a_team_may_bring_its_own_build_and_sizes() -> None:
    more = "jobs: {image: 'registry.example/jobs:7', resources: {memory: 16Gi}}\n"
    own = container("drift", more=more)
    assert own["image"] == "registry.example/jobs:7"
    assert own["resources"]["limits"] == {"memory": "16Gi"}
    assert container("drift")["image"].startswith("ghcr.io/modelyard/jobs:")


@pytest.mark.parametrize(
    ("every", "pattern"),
    [
        (timedelta(minutes=15), r"\d+-59/15 \* \* \* \*"),
        (timedelta(hours=1), r"\d+ 0-23/1 \* \* \*"),
        (timedelta(hours=6), r"\d+ [0-5]-23/6 \* \* \*"),
        (timedelta(days=1), r"\d+ [0-5] \* \* \*"),
        (timedelta(days=7), r"\d+ [0-5] \* \* [0-6]"),
    ],
)
def test_the_clock_says_how_often(every: timedelta, pattern: str) -> None:
    assert re.fullmatch(pattern, when("churn-drift", every))


def test_nothing_is_made_for_a_model_that_nobody_watches() -> None:
    text = "sites: {here: {kind: kubernetes}}\nmonitoring: {}\n"
    text += "models: [{name: m, type: predictive, source: 'models:/m@champion'}]\n"
    plain = recorded(planned(text))
    assert not objects(plain, "ModelChecks")
    names = {manifest(r).get("metadata", {}).get("name") for r in plain if "kind" in r.inputs}
    assert "pushgateway" not in names


ATTACHED = "{attach: {url: 'http://prometheus.watch:9090', namespace: watch, labels: {team: sre}}}"


@pytest.mark.parametrize(
    ("kind", "monitoring"),
    [
        ("kubernetes", ATTACHED),
        ("aws", "{engine: amazon-managed-prometheus}"),
        ("gcp", "{engine: google-managed-prometheus}"),
    ],
)
def test_any_prometheus_will_do(kind: str, monitoring: str) -> None:
    text = f"sites: {{here: {SITES[kind]}}}\nmonitoring: {monitoring}\n{MODEL}"
    found = recorded(planned(text.replace("every: 30d", "'on': [drift]")))
    monitors = [manifest(r) for r in found if r.type.endswith(":ServiceMonitor")]
    [gateway] = [m for m in monitors if m["metadata"]["name"] == "pushgateway"]
    assert gateway["spec"]["endpoints"][0]["honorLabels"] is True
    names = [r.inputs["metadata"]["name"] for r in found if r.type.endswith(":PrometheusRule")]
    assert {f"check-churn-{check}" for check in CHECKS} | {"training-churn"} <= set(names)
    told = next(r for r in found if r.type.endswith(":CronWorkflow") and r.name.endswith("-on"))
    [document] = documents(manifest(told))
    address = json.loads(document)["settings"]["prometheus"]
    assert address.startswith(
        "http://prometheus.watch" if "attach" in monitoring else "http://kube"
    )
    policies = [r for r in found if r.type == "gcp:monitoring/alertPolicy:AlertPolicy"]
    if kind == "gcp":
        assert any("check-churn-drift CheckStale" in p.inputs["displayName"] for p in policies)


def test_behind_an_air_gap_the_image_comes_from_inside() -> None:
    airgap = "{registry: r.plant, charts: 'oci://r.plant/charts', models: 's3://models/hub'}"
    site = f"{{kind: onprem, storage_class: local, airgap: {airgap}}}"
    found = recorded(planned(f"sites: {{here: {site}}}\n{MODEL}"))
    images = {
        container["image"]
        for o in objects(found, "ModelChecks")
        for spec in pod_specs(o)
        for container in spec["containers"]
    }
    assert images == {"r.plant/modelyard/jobs:0.1.0"}
