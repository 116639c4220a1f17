"""Training by Vertex AI: what conducts it, what it may touch, when it starts, who may approve."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

import googleapiclient
import pytest
from tests.support.vertex import IMAGE, hosted, of, only, places, planned

from modelyard.blueprint.model import Retrain
from modelyard.recorder import Graph
from modelyard.sites.gcp.vertex.cadence import enough, ticks
from modelyard.sites.gcp.vertex.pipeline_job import resources

RETRAIN = f'{{every: 30d, image: "{IMAGE}", command: [python, train.py], timeout: 2h}}'
WITHOUT = f"""
pipelines: {{engine: vertex}}
tracking: {{engine: vertex}}
features:
  engine: vertex
  groups: [{{name: clicks, key: user, time: at, fields: {{amount: float}}}}]
access: {{approvers: [lead@example.com, "group:heads@example.com", "group:inside"]}}
models:
  - name: churn
    type: predictive
    source: gs://weights/churn/1/
    serve: {{engine: cloud-run, image: "{IMAGE}"}}
    retrain: {RETRAIN}
"""
PROMOTE = """
    promote: {approval: required, benchmark: {auc: ">= 0.92"}, fairness: {parity: "<= 0.1"}}
"""
TRAINED = f"{WITHOUT}{PROMOTE.lstrip(chr(10))}"
BUCKET = "yard-artifacts-acme-vertex-prod"
API = Path(googleapiclient.__file__).parent / "discovery_cache/documents/aiplatform.v1.json"


@cache
def trained() -> Graph:
    return hosted(TRAINED)


def steps(graph: Graph) -> dict[str, Any]:
    workflow = only(graph, "workflows/workflow:Workflow")
    main = json.loads(workflow["sourceContents"])["main"]
    return {name: step for each in main["steps"] for name, step in each.items()}


def job(graph: Graph) -> dict[str, Any]:
    return steps(graph)["start"]["try"]["args"]["body"]


def grants(graph: Graph) -> set[tuple[str, str, str]]:
    """Who has which role in buckets, and where: the folder, or nothing for the whole bucket."""
    kinds = ("bucketIAMMember:BucketIAMMember", "managedFolderIamMember:ManagedFolderIamMember")
    return {
        (
            str(it.inputs["member"]),
            it.inputs["role"].rpartition(".")[2],
            str(it.inputs.get("managedFolder", "")),
        )
        for kind in kinds
        for it in of(graph, f"storage/{kind}")
    }


def test_a_run_is_what_the_api_takes() -> None:
    schemas = json.loads(API.read_text(encoding="utf-8"))["schemas"]
    known = schemas["GoogleCloudAiplatformV1PipelineJob"]["properties"]
    body = job(trained())
    assert body.keys() <= known.keys()
    config = schemas["GoogleCloudAiplatformV1PipelineJobRuntimeConfig"]["properties"]
    assert body["runtimeConfig"].keys() <= config.keys()
    assert body["runtimeConfig"]["failurePolicy"] in config["failurePolicy"]["enum"]
    assert body["encryptionSpec"]["kmsKeyName"]
    assert body["serviceAccount"] == "${yard-pipelines.email}"


def test_it_runs_the_team_s_own_training_and_tells_it_where() -> None:
    spec = job(trained())["pipelineSpec"]
    container = spec["deploymentSpec"]["executors"]["exec-train"]["container"]
    assert container["image"] == IMAGE
    assert container["command"] == ["python", "train.py"]
    assert container["resources"] == {"cpuLimit": 4, "memoryLimit": 34.36}
    assert {it["name"]: it["value"] for it in container["env"]} == {
        "MODEL": "churn",
        "MODELYARD_BUCKET": f"gs://{BUCKET}/",
        "MODELYARD_BECAUSE": "${because}",
        "MODELYARD_OUTPUT": f'${{"gs://{BUCKET}/" + candidate}}',
        "MODELYARD_TENSORBOARD": "${yard-tracking.name}",
        "MODELYARD_FEATURES": "yard_features",
    }
    assert spec["root"]["dag"]["tasks"]["train"]["componentRef"]["name"] in spec["components"]


def test_a_candidate_has_to_keep_every_bound() -> None:
    gates = steps(trained())["gates"]
    assert [it["condition"] for it in gates["switch"]] == [
        '${not(told["auc"] >= 0.92)}',
        '${not(told["parity"] <= 0.1)}',
    ]
    assert {it["next"] for it in gates["switch"]} == {"refused"}
    url = steps(trained())["metrics"]["try"]["args"]["url"]
    assert url.startswith(f'${{"https://storage.googleapis.com/storage/v1/b/{BUCKET}/o/"')


@pytest.mark.parametrize("text", [TRAINED, WITHOUT, WITHOUT.replace("every: 30d", "every: 36h")])
def test_every_step_leads_to_one_that_is_there(text: str) -> None:
    found = steps(hosted(text))
    assert set(_next(found)) <= set(found)
    assert not set(found) & {"end", "break", "continue"}
    assert "return" in found[list(found)[-1]]


def _next(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, Any]", value).items():
            if key == "next" and isinstance(inner, str):
                yield inner
            yield from _next(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _next(inner)


def test_without_approval_what_keeps_its_bounds_becomes_a_version() -> None:
    graph = hosted(WITHOUT)
    found = steps(graph)
    assert "gates" not in found
    assert found["over"]["switch"][0]["next"] == "good"
    copied = found["keep"]["for"]["steps"][0]["copy"]["try"]["args"]["url"]
    assert '"models/churn/" + run + "/"' in copied
    assert ("${yard-retraining-churn.member}", "objectUser", "models/churn/") in grants(graph)


def test_where_somebody_approves_nobody_else_makes_versions() -> None:
    graph = trained()
    writers = {
        member
        for member, role, folder in grants(graph)
        if role == "objectUser" and folder == "models/churn/"
    }
    assert writers == {"user:lead@example.com", "group:heads@example.com"}
    alerts = {it.name: it.inputs for it in of(graph, "monitoring/alertPolicy:AlertPolicy")}
    [told] = alerts["yard-promotion-churn-candidate"]["conditions"]
    assert "waits for approval" in told["conditionMatchedLog"]["filter"]


def test_training_reads_everything_and_writes_candidates() -> None:
    own = {
        (role, folder)
        for member, role, folder in grants(trained())
        if member == "${yard-pipelines.member}"
    }
    assert own == {
        ("objectViewer", ""),
        ("bucketViewer", ""),
        ("objectUser", "candidates/"),
        ("objectUser", "training/"),
    }


def test_what_conducts_it_starts_runs_as_the_training_account_alone() -> None:
    graph = trained()
    acting = [
        it.inputs
        for it in of(graph, "serviceaccount/iAMMember:IAMMember")
        if it.name.startswith("yard-retraining")
    ]
    assert [it["serviceAccountId"] for it in acting] == ["${yard-pipelines.name}"]
    assert [it["member"] for it in acting] == ["${yard-retraining-churn.member}"]
    roles = {
        it.name: it.inputs["permissions"]
        for it in of(graph, "projects/iAMCustomRole:IAMCustomRole")
    }
    verbs = ("cancel", "create", "get", "list")
    assert roles["yard-retraining-churn-runs"] == [f"aiplatform.pipelineJobs.{v}" for v in verbs]
    assert not [it for it in roles["yard-pipelines-records"] if it.endswith(".delete")]


def test_it_starts_by_the_clock_when_enough_time_has_passed() -> None:
    graph = trained()
    schedule = only(graph, "cloudscheduler/job:Job")
    assert schedule["schedule"].endswith(" * * *")
    target = schedule["httpTarget"]
    assert target["uri"].endswith("/executions")
    said = json.loads(b64decode(target["body"]))
    assert json.loads(said["argument"]) == {"because": "schedule"}
    wanted = steps(graph)["lately"]["try"]["args"]["query"]["filter"]
    assert str(int(timedelta(days=29.5).total_seconds())) in wanted


def test_a_run_ends_in_time() -> None:
    assert "> 7200}" in steps(trained())["over"]["switch"][2]["condition"]
    long = steps(hosted(WITHOUT.replace(", timeout: 2h", "")))
    assert "> 86400}" in long["over"]["switch"][2]["condition"]


@pytest.mark.parametrize(
    ("every", "schedule", "waited"),
    [
        (timedelta(days=30), r"\d+ [0-5] \* \* \*", timedelta(days=29, hours=12)),
        (timedelta(hours=36), r"\d+ \* \* \* \*", timedelta(hours=35, minutes=30)),
    ],
)
def test_a_cadence_is_ticks_and_enough_time(
    every: timedelta, schedule: str, waited: timedelta
) -> None:
    assert re.fullmatch(schedule, ticks("churn", every))
    assert enough(every) == waited.total_seconds()


def test_a_run_has_the_gpus_it_asks_for() -> None:
    asked = {"image": "a", "command": ["b"]}
    one = resources(Retrain.model_validate({**asked, "gpus": 1}))
    assert one["accelerator"] == {"type": "NVIDIA_L4", "count": "1"}
    three = resources(Retrain.model_validate({**asked, "gpus": 3}))
    assert three["accelerator"]["count"] == "4"
    small = {**asked, "resources": {"cpu": 2, "memory": "4Gi"}}
    assert resources(Retrain.model_validate(small)) == {"cpuLimit": 2, "memoryLimit": 4.295}


def test_training_on_gpus_keeps_none_in_the_cluster() -> None:
    plan = planned(TRAINED.replace("every: 30d", "every: 30d, gpus: 1"))
    assert "gpu-pool" not in {str(p.capability) for p in plan.capabilities}


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("every: 30d", "every: 30d, 'on': [drift]", "models.0.retrain.on.0"),
        ("every: 30d", "every: 90m", "models.0.retrain.every"),
        ("every: 30d", "every: 30d, gpus: 64", "models.0.retrain.gpus"),
        ("[python, train.py]", "[sh, -c, 'echo ${HOME}']", "models.0.retrain.command.2"),
        (f'image: "{IMAGE}", command', "image: 'a:1', command", "models.0.retrain.image"),
        ("gs://weights/churn/1/", "hf://mine/churn", "models.0.source"),
        ("benchmark:", "shadow: 24h, benchmark:", "models.0.promote.shadow"),
        ("pipelines: {engine: vertex}", "pipelines: {engine: vertex, keep: 7d}", "pipelines.keep"),
        (f"    retrain: {RETRAIN}\n", "", "models.0.promote"),
    ],
)
def test_what_it_cannot_do_is_refused(old: str, new: str, path: str) -> None:
    assert old in TRAINED
    assert path in places(TRAINED.replace(old, new))


def test_the_bill_says_what_a_run_costs() -> None:
    rates = {it.item for it in planned(TRAINED).cost.by_use if it.model == "churn"}
    assert rates >= {"pipelines/run", "inference/run", "messages/schedule"}
