"""Retraining: the team's image on a clock, and what becomes of what it registers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.parts import objects, planned, recorded

from modelyard.recorder import Graph
from modelyard.workloads.inside import newest_version
from modelyard.workloads.retraining import clock, tick, ticks

BLUEPRINT = """
sites:
  here:
    kind: kubernetes
    gpus: {queue: true, nodes: [{name: large, accelerator: l40s, per_node: 4, count: 2}]}
registry: {}
features: {online: postgres}
models:
  - name: churn
    type: predictive
    source: models:/churn@champion
    retrain:
      every: 30d
      image: registry.example/train:1
      command: [python, -m, churn.train]
      gpus: 2
      timeout: 6h
  - name: small
    type: predictive
    source: models:/small@champion
    retrain: {every: 36h, image: "registry.example/train:1", command: [train]}
"""


@cache
def graph() -> Graph:
    return recorded(planned(BLUEPRINT))


def own() -> list[Mapping[str, Any]]:
    return objects(graph(), "Retraining")


def one(kind: str, name: str) -> Mapping[str, Any]:
    (found,) = (o for o in own() if (o["kind"], o["metadata"]["name"]) == (kind, name))
    return found


def template(model: str, name: str) -> Mapping[str, Any]:
    spec = one("WorkflowTemplate", f"{model}-train")["spec"]
    (found,) = (t for t in spec["templates"] if t["name"] == name)
    return found


def environment(model: str, name: str = "train") -> dict[str, Any]:
    env = template(model, name)["container"]["env"]
    return {e["name"]: e.get("value") or e["valueFrom"]["secretKeyRef"] for e in env}


def test_every_object_is_valid() -> None:
    if not crds_available():
        pytest.skip(crds_reason())
    assert {o["metadata"]["name"]: violations(o) for o in own() if violations(o)} == {}
    assert {o["metadata"]["namespace"] for o in own()} == {"yard-training"}


def test_the_teams_image_runs_as_the_blueprint_says() -> None:
    train = template("churn", "train")
    assert train["container"]["image"] == "registry.example/train:1"
    assert train["container"]["command"] == ["python", "-m", "churn.train"]
    assert train["activeDeadlineSeconds"] == 6 * 3600
    assert "activeDeadlineSeconds" not in template("small", "train")


def test_gpus_are_asked_for_through_the_queue() -> None:
    train = template("churn", "train")
    assert train["container"]["resources"]["limits"]["nvidia.com/gpu"] == "2"
    assert train["container"]["resources"]["requests"]["cpu"] == "8"
    assert train["tolerations"]
    assert train["metadata"]["labels"]["kueue.x-k8s.io/queue-name"]
    small = template("small", "train")
    assert "nvidia.com/gpu" not in small["container"]["resources"]["limits"]
    assert "tolerations" not in small


def test_training_registers_candidates_with_a_login_of_its_own() -> None:
    found = environment("churn")
    assert found["MODEL"] == "churn-candidate"
    assert found["MLFLOW_TRACKING_URI"] == "http://mlflow.yard-platform.svc:5000"
    assert found["MLFLOW_TRACKING_PASSWORD"] == {"name": "mlflow-client", "key": "password"}
    assert found["MODELYARD_FEATURES_URL"] == "http://feast-online.yard-platform.svc:6566"
    assert isinstance(found["AWS_SECRET_ACCESS_KEY"], dict)


def test_what_was_registered_is_proposed() -> None:
    steps = [step for group in template("churn", "run")["steps"] for step in group]
    assert [step["name"] for step in steps] == ["train", "newest", "propose"]
    assert steps[-1]["templateRef"] == {"name": "churn-propose", "template": "propose"}
    (version,) = steps[-1]["arguments"]["parameters"]
    assert version["value"] == "{{steps.newest.outputs.parameters.version}}"
    (output,) = template("churn", "newest")["outputs"]["parameters"]
    assert output == {"name": "version", "valueFrom": {"path": newest_version.RESULT}}
    assert environment("churn", "newest")["MODEL"] == "churn-candidate"


def test_runs_carry_the_four_tags() -> None:
    labels = one("WorkflowTemplate", "churn-train")["spec"]["podMetadata"]["labels"]
    assert labels["modelyard.dev/retraining-cadence"] == "30d"
    assert labels["modelyard.dev/retraining-trigger"] == "schedule"
    assert labels["modelyard.dev/owner"] == "ml.at.example.com"
    assert labels["modelyard.dev/compliance-class"] == "internal"


def test_the_clock_starts_the_template_and_never_twice_at_once() -> None:
    spec = one("CronWorkflow", "churn-retrain")["spec"]
    assert spec["workflowSpec"] == {"workflowTemplateRef": {"name": "churn-train"}}
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["timezone"] == "Etc/UTC"


@pytest.mark.parametrize(
    ("every", "unit"),
    [
        (timedelta(days=30), timedelta(days=1)),
        (timedelta(days=7), timedelta(days=1)),
        (timedelta(hours=36), timedelta(hours=1)),
        (timedelta(hours=6), timedelta(hours=1)),
        (timedelta(minutes=90), timedelta(minutes=1)),
        (timedelta(seconds=90), timedelta(minutes=1)),
    ],
)
def test_the_clock_keeps_the_cadence(every: timedelta, unit: timedelta) -> None:
    """Played through: on every tick the condition is asked as Argo would, late by a second."""
    assert tick(every) == unit
    threshold = float(clock("m", every, {})["spec"]["when"].rpartition("> ")[2].removesuffix(" }}"))
    runs, last = [], None
    for count in range(200):
        at = count * unit.total_seconds()
        if last is None or at + 1 - last > threshold:
            runs.append(at)
            last = at
    gaps = {later - earlier for earlier, later in pairwise(runs)}
    assert gaps == {-(-every // unit) * unit.total_seconds()}


def test_models_do_not_all_train_at_once() -> None:
    schedules = {ticks(f"model-{n}", timedelta(days=30)) for n in range(20)}
    assert len(schedules) > 10
    for schedule in schedules:
        minute, hour, *rest = schedule.split()
        assert 0 <= int(minute) < 60
        assert 0 <= int(hour) < 6
        assert rest == ["*", "*", "*"]


def version(number: int, at: float) -> SimpleNamespace:
    return SimpleNamespace(version=str(number), creation_timestamp=at * 1000)


def test_the_newest_version_is_one_of_this_run() -> None:
    versions = [version(2, 100), version(10, 250), version(9, 300)]
    assert newest_version.newest(versions, since=200) == 10
    assert newest_version.newest(versions, since=400) is None
    assert newest_version.newest([], since=0) is None
