"""Containers of a team's own on Cloud Run: private, small in rights, there when they are asked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.vertex import IMAGE, hosted, of, only, places, planned

from modelyard.recorder import Graph

CHURN = f"""
models:
  - name: churn
    type: predictive
    source: s3://weights/churn/model.onnx
    serve: {{engine: cloud-run, image: "{IMAGE}"%s}}
"""
NIGHTLY = CHURN % (
    ', mode: batch, schedule: "30 2 * * 1-5", input: s3://data/in/, output: s3://data/out/%s'
)
SERVICE, JOB = "cloudrunv2/service:Service", "cloudrunv2/job:Job"


def template(graph: Graph) -> dict[str, Any]:
    return only(graph, SERVICE)["template"]


def test_a_service_answers_inside_the_network_whom_iam_lets() -> None:
    graph = hosted(CHURN % "")
    service = only(graph, SERVICE)
    assert service["ingress"] == "INGRESS_TRAFFIC_INTERNAL_ONLY"
    assert service["invokerIamDisabled"] is False
    assert service["binaryAuthorization"] == {"useDefault": True}
    access = service["template"]["vpcAccess"]
    assert access["egress"] == "ALL_TRAFFIC"
    assert access["networkInterfaces"] == [
        {"network": "${yard-vpc.id}", "subnetwork": "${yard-vpc-nodes.id}"}
    ]
    assert not of(graph, "cloudrunv2/serviceIamMember:ServiceIamMember")


def test_who_is_named_may_ask() -> None:
    graph = hosted(CHURN % ", callers: ['group:shop@example.com']")
    grant = only(graph, "cloudrunv2/serviceIamMember:ServiceIamMember")
    assert (grant["member"], grant["role"]) == ("group:shop@example.com", "roles/run.invoker")


def test_its_container_is_told_as_one_of_the_cluster_s_would_be() -> None:
    made = template(hosted(CHURN % ", env: {MODE: fast}, port: 9000, health: /ready"))
    [container] = made["containers"]
    assert {it["name"]: it["value"] for it in container["envs"]} == {
        "MODELYARD_MODEL": "churn",
        "MODELYARD_MODEL_SOURCE": "gs://weights/churn/model.onnx",
        "MODE": "fast",
    }
    assert container["ports"] == {"containerPort": 9000}
    for probe in ("startupProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/ready", "port": 9000}
    assert made["encryptionKey"]


def test_it_reads_its_weights_and_nothing_else() -> None:
    graph = hosted(CHURN % "")
    given = {
        it.inputs["role"]: it
        for kind in (
            "bucketIAMMember:BucketIAMMember",
            "managedFolderIamMember:ManagedFolderIamMember",
        )
        for it in of(graph, f"storage/{kind}")
        if it.inputs["member"] == "${yard-serving-churn.member}"
    }
    assert set(given) == {"roles/storage.objectViewer", "roles/storage.bucketViewer"}
    assert {str(it.inputs.get("bucket")) for it in given.values()} <= {"weights", "${%s}"}


@pytest.mark.parametrize(
    ("serve", "limits", "idle"),
    [
        ("", {"cpu": "2", "memory": "4096Mi"}, False),
        (", replicas: {min: 0, max: 3}", {"cpu": "2", "memory": "4096Mi"}, True),
        (", resources: {cpu: 3, memory: 1Gi}", {"cpu": "4", "memory": "2048Mi"}, False),
        (", resources: {memory: 20Gi}", {"cpu": "6", "memory": "20480Mi"}, False),
        (
            ", gpu: {accelerator: l4}, replicas: {min: 0, max: 1}",
            {"cpu": "4", "memory": "16384Mi", "nvidia.com/gpu": "1"},
            False,
        ),
    ],
)
def test_it_has_the_smallest_size_that_holds_it(
    serve: str, limits: dict[str, str], idle: bool
) -> None:
    [container] = template(hosted(CHURN % serve))["containers"]
    assert container["resources"] == {"limits": limits, "cpuIdle": idle}


def test_a_gpu_is_named_as_cloud_run_does() -> None:
    made = template(hosted(CHURN % ", gpu: {accelerator: l4}"))
    assert made["nodeSelector"] == {"accelerator": "nvidia-l4"}
    assert made["gpuZonalRedundancyDisabled"] is True


def test_it_scales_from_nothing_by_requests_at_a_time() -> None:
    made = template(hosted(CHURN % ", replicas: {min: 0, max: 7}, concurrency: 4"))
    assert made["scaling"] == {"minInstanceCount": 0, "maxInstanceCount": 7}
    assert made["maxInstanceRequestConcurrency"] == 4


def test_targets_become_alerts() -> None:
    graph = hosted(CHURN % ", target: {p95_ms: 80, rps: 10, availability: 0.999}")
    alerts = {
        it.name.rpartition("-")[2]: it.inputs["conditions"][0]["conditionThreshold"]
        for it in of(graph, "monitoring/alertPolicy:AlertPolicy")
        if "serving" in it.name
    }
    assert set(alerts) == {"errors", "latency", "requests"}
    assert 'response_code_class = "5xx"' in alerts["errors"]["filter"]
    assert "response_code_class" not in alerts["errors"]["denominatorFilter"]
    assert 'service_name = "yard-churn"' in alerts["latency"]["filter"]


def test_a_job_runs_by_the_clock_as_an_account_that_can_do_nothing_else() -> None:
    graph = hosted(NIGHTLY % "")
    job = only(graph, JOB)["template"]["template"]
    [container] = job["containers"]
    told = {it["name"]: it["value"] for it in container["envs"]}
    assert (told["MODELYARD_INPUT"], told["MODELYARD_OUTPUT"]) == (
        "gs://data/in/",
        "gs://data/out/",
    )
    schedule = only(graph, "cloudscheduler/job:Job")
    assert schedule["schedule"] == "30 2 * * 1-5"
    target = schedule["httpTarget"]
    assert target["uri"] == (
        "https://run.googleapis.com/v2/projects/acme-vertex-prod/locations/europe-west4/jobs/"
        "yard-churn:run"
    )
    assert target["oauthToken"] == {"serviceAccountEmail": "${yard-serving-churn-clock.email}"}
    grant = only(graph, "cloudrunv2/jobIamMember:JobIamMember")
    assert grant["member"] == "${yard-serving-churn-clock.member}"
    assert grant["role"] == "roles/run.invoker"
    assert "yard-serving-churn-clock" not in json.dumps(
        [str(it.inputs) for it in of(graph, "projects/iAMMember:IAMMember")]
    )


def test_what_a_run_writes_it_may_write_and_a_failure_is_told() -> None:
    graph = hosted(NIGHTLY % "")
    written = [
        it
        for kind in (
            "bucketIAMMember:BucketIAMMember",
            "managedFolderIamMember:ManagedFolderIamMember",
        )
        for it in of(graph, f"storage/{kind}")
        if it.inputs["role"] == "roles/storage.objectUser"
    ]
    assert [it.inputs["member"] for it in written] == ["${yard-serving-churn.member}"]
    [alert] = [it for it in of(graph, "monitoring/alertPolicy:AlertPolicy") if "serving" in it.name]
    assert "job_name" in alert.inputs["conditions"][0]["conditionThreshold"]["filter"]


def test_features_of_vertex_ai_let_it_in() -> None:
    text = (
        CHURN % ""
        + """
features:
  engine: vertex
  groups: [{name: clicks, key: user, time: at, fields: {amount: float}}]
"""
    )
    graph = hosted(text)
    members = {
        str(it.inputs["member"])
        for kind in (
            "bigquery/datasetIamMember:DatasetIamMember",
            "vertex/aiFeatureOnlineStoreIamMember:AiFeatureOnlineStoreIamMember",
        )
        for it in of(graph, kind)
    }
    assert members == {"${yard-serving-churn.member}"}
    [container] = template(graph)["containers"]
    told = {it["name"]: it["value"] for it in container["envs"]}
    assert told["MODELYARD_FEATURES_URL"].endswith("/featureOnlineStores/yard_online/featureViews")


def test_the_bill_has_what_is_always_there() -> None:
    text = CHURN % ", replicas: {min: 2, max: 4}"
    kept = {it.item: it.monthly for it in planned(text).cost.items if it.model == "churn"}
    assert kept["functions/kept-cpu"].minimum == pytest.approx(0.0648 * 730 * 2 * 2)
    assert kept["functions/kept-memory"].maximum == pytest.approx(0.0072 * 730 * 4 * 4)
    nothing = planned(CHURN % ", replicas: {min: 0, max: 4}").cost
    assert not [it for it in nothing.items if it.model == "churn"]
    rates = {it.item for it in nothing.by_use if it.model == "churn"}
    assert rates >= {"functions/requests", "functions/cpu", "functions/memory"}


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (f', image: "{IMAGE}"', "", "models.0.serve"),
        (IMAGE, "docker.io/me/churn:1", "models.0.serve.image"),
        ("s3://weights/churn/model.onnx", "models:/churn/3", "models.0.source"),
        ("s3://weights/churn/model.onnx", "oci://a.example/churn", "models.0.source"),
        ("cloud-run,", "cloud-run, resources: {memory: 64Gi},", "models.0.serve.resources"),
        ("cloud-run,", "cloud-run, gpu: {accelerator: h100},", "models.0.serve.gpu.accelerator"),
        ("cloud-run,", "cloud-run, gpu: {accelerator: l4, count: 2},", "models.0.serve.gpu.count"),
        ("cloud-run,", "cloud-run, concurrency: 2000,", "models.0.serve.concurrency"),
        ("cloud-run,", "cloud-run, expose: gateway,", "models.0.serve.expose"),
        ("cloud-run,", "cloud-run, eula: accepted,", "models.0.serve.eula"),
        ("cloud-run,", "cloud-run, env: {A: 'secret://b'},", "models.0.serve.env.A"),
        ("cloud-run,", "cloud-run, mode: async,", "models.0.serve.mode"),
        ("    serve", "    monitor: {drift: {psi: 0.2}}\n    serve", "models.0.monitor"),
        ("    serve", "    artifact: {signature: required}\n    serve", "models.0.artifact"),
        (
            "\nmodels:\n  - name: churn\n    type: predictive\n    source: s3://weights/churn/model.onnx",
            "\nsites: {cloud: {kind: gcp, region: europe-west4, project: acme-ml-prod,"
            " network: {nat: none}}}\nmodels:\n  - name: churn\n    type: predictive\n"
            "    source: hf://mine/churn",
            "models.0.source",
        ),
        (
            "\nmodels",
            "\nsites: {cloud: {kind: kubernetes}}\nmodels",
            "models.0.serve.engine",
        ),
    ],
)
def test_what_it_cannot_do_is_refused(old: str, new: str, path: str) -> None:
    text = CHURN % ""
    assert old in text
    assert path in places(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (', schedule: "30 2 * * 1-5"', "", "models.0.serve"),
        ("30 2 * * 1-5", "hourly", "models.0.serve.schedule"),
        ("s3://data/in/", "https://a.example/in", "models.0.serve.input"),
        ("mode: batch", "mode: batch, concurrency: 4", "models.0.serve.concurrency"),
        ("mode: batch", "mode: batch, callers: ['user:a@example.com']", "models.0.serve.callers"),
    ],
)
def test_what_a_run_cannot_do_is_refused(old: str, new: str, path: str) -> None:
    text = NIGHTLY % ""
    assert old in text
    assert path in places(text.replace(old, new))


def test_a_gpu_is_only_where_there_are_some() -> None:
    site = "sites: {cloud: {kind: gcp, region: europe-west3, project: acme-ml-prod}}"
    assert "models.0.serve.gpu" in places(f"{site}{CHURN % ', gpu: {accelerator: l4}'}")


def test_a_language_model_s_container_decides_for_itself() -> None:
    text = (CHURN % ", context: 4096, kv_cache: fp8").replace("predictive", "llm")
    there = places(
        text.replace("    serve", "    revision: main\n    serve").replace(
            "s3://weights/churn/model.onnx", "hf://a/b"
        )
    )
    assert {"models.0.serve.context", "models.0.serve.kv_cache", "models.0.revision"} <= there
