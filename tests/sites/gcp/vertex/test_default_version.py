"""Promotion by the default version of Vertex's registry, against Google's own documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.sites.gcp.google import PROJECT, REGION, Answer, Google, denied, missing
from tests.sites.gcp.test_names import context

from modelyard.blueprint.errors import RefusedError
from modelyard.blueprint.model import Model
from modelyard.blueprint.site import GcpSite
from modelyard.contracts.promotion import Move, PromoterArgs, State, Verdict
from modelyard.sites.gcp.vertex.default_version import DefaultVersion

MODELS = "aiplatform.projects.locations.models"
PLACE = f"projects/{PROJECT}/locations/{REGION}"
SITE = GcpSite.model_validate({"kind": "gcp", "region": REGION, "project": PROJECT})
MODEL = Model.model_validate(
    {
        "name": "churn",
        "type": "predictive",
        "source": "hf://org/churn",
        "promote": {"approval": "required", "benchmark": {"auc": ">= 0.92"}},
    }
)


def file(run: str, name: str, hour: int) -> dict[str, str]:
    made = f"2026-11-26T{hour:02}:00:00Z"
    return {"name": f"candidates/churn/{run}/{name}", "timeCreated": made}


FILES = {
    "items": [
        file("new", "model/weights", 12),
        file("new", "metrics.json", 12),
        file("old", "model/weights", 9),
    ]
}


class Cloud(Google):
    """Google, where `metrics.json` is as told."""

    metrics: Any = None

    def request(self, http: Any, postproc: Any, uri: str, **given: Any) -> Any:
        if "alt=media" not in uri:
            return super().request(http, postproc, uri, **given)
        told = json.dumps(self.metrics).encode()
        return type("Media", (), {"execute": lambda self, **_: told})()


def cloud(metrics: Any = None, **answers: Answer) -> Cloud:
    known = {
        "storage.objects.list": FILES,
        f"{MODELS}.get": {"name": f"{PLACE}/models/yard-churn", "versionId": "3"},
        **{name.replace("__", "."): answer for name, answer in answers.items()},
    }
    found = Cloud(known)
    found.metrics = {"auc": 0.95} if metrics is None else metrics
    return found


def promoter(google: Cloud) -> DefaultVersion:
    args = PromoterArgs(
        site=SITE,
        context=context("yard", None),
        model=MODEL,
        engine="vertex",
        approvers=("lead@example.com",),
    )
    return DefaultVersion(args, SITE, google.asking())


def silent(step: str) -> None:
    """Nobody listens."""


def test_the_newest_candidate_is_held_to_what_training_told_of_it() -> None:
    move = promoter(cloud()).candidate(None, silent)
    assert (move.before, move.after, move.candidate) == ("3", "new", True)
    assert [(g.name, g.verdict, g.found) for g in move.gates] == [
        ("auc", Verdict.PASSED, "0.95"),
        ("approval", Verdict.OPEN, ""),
    ]


@pytest.mark.parametrize("metrics", [{"auc": 0.9}, {}, {"auc": "high"}, {"auc": float("nan")}])
def test_a_metric_that_keeps_no_bound_keeps_it_back(metrics: Any) -> None:
    move = promoter(cloud(metrics)).candidate("new", silent)
    assert [gate.name for gate in move.kept_back] == ["auc"]


def test_without_metrics_it_is_kept_back() -> None:
    move = promoter(cloud()).candidate("old", silent)
    assert [gate.found for gate in move.kept_back] == ["training told no such metric"]


def test_a_candidate_is_copied_registered_and_the_default() -> None:
    google = cloud(
        storage__objects__rewrite={"done": True},
        **{f"{MODELS}.upload": {"name": "operations/1", "done": False}},
    )
    move = Move(model="yard-churn", before="3", after="new", candidate=True)
    ended = promoter(google).promote(move, "better", silent)
    assert ended.state is State.DONE
    copied = [asked for method, asked in google.asked if method == "storage.objects.rewrite"]
    assert {each["destinationObject"] for each in copied} == {
        "models/churn/new/model/weights",
        "models/churn/new/metrics.json",
    }
    [upload] = [asked["body"] for method, asked in google.asked if method == f"{MODELS}.upload"]
    assert upload["parentModel"].startswith(f"{PLACE}/models/")
    assert upload["model"]["versionAliases"] == ["default"]
    assert upload["model"]["artifactUri"].endswith("/models/churn/new/")
    assert json.loads(upload["model"]["versionDescription"])["why"] == "better"
    assert upload["model"]["artifactUri"] in ended.next


def test_the_first_version_names_the_model() -> None:
    google = cloud(
        storage__objects__rewrite={"done": True},
        **{f"{MODELS}.upload": {"name": "operations/1"}, f"{MODELS}.get": missing()},
    )
    move = promoter(google).candidate("new", silent)
    assert move.before is None
    promoter(google).promote(move, "", silent)
    [upload] = [asked["body"] for method, asked in google.asked if method == f"{MODELS}.upload"]
    assert "parentModel" not in upload
    assert upload["modelId"] == move.model


def test_going_back_makes_the_version_before_the_default() -> None:
    versions = {"models": [{"versionId": each} for each in ("1", "2", "3", "4")]}
    alias = f"{MODELS}.mergeVersionAliases"
    google = cloud(
        **{f"{MODELS}.listVersions": versions, alias: {"artifactUri": "gs://b/models/churn/x/"}}
    )
    move = promoter(google).previous(silent)
    assert (move.before, move.after) == ("3", "2")
    ended = promoter(google).roll_back(move, "errors", silent)
    [asked] = [asked for method, asked in google.asked if method == alias]
    assert asked["name"].endswith("@2")
    assert asked["body"] == {"versionAliases": ["default"]}
    assert "gs://b/models/churn/x/" in ended.next


def test_there_is_no_way_back_from_the_first() -> None:
    google = cloud(**{f"{MODELS}.listVersions": {"models": [{"versionId": "3"}]}})
    with pytest.raises(RefusedError, match="no version before 3"):
        promoter(google).previous(silent)


def test_a_candidate_that_is_none_is_refused() -> None:
    with pytest.raises(RefusedError, match="no candidate gone of 'churn'"):
        promoter(cloud()).candidate("gone", silent)


def test_who_may_not_is_told_which_right_is_lacking() -> None:
    google = cloud(storage__objects__rewrite=denied("storage.objects.create"))
    move = Move(model="yard-churn", before="3", after="new", candidate=True)
    with pytest.raises(RefusedError, match=r"storage\.objects\.create is not allowed"):
        promoter(google).promote(move, "", silent)
