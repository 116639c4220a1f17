"""Data rest where they may, and nothing that holds some stands elsewhere."""

from __future__ import annotations

import pytest
from tests.plan.blueprints import blueprint
from tests.support import shipped

from modelyard.blueprint.checks import check
from modelyard.plan.capability import Capability as C
from modelyard.plan.plan import Plan, make_plan
from modelyard.plan.residency import HELD, STORES, WITHOUT
from modelyard.sites import offers

LINK = "links: [{from: house, to: sky, via: vpn, carries: [artifacts, requests]}]"
SERVED = "{name: m, type: predictive, source: 'models:/m', on: sky, serve: {engine: mlflow}}"


def planned(text: str, allowed: str = "[house]") -> Plan:
    """Parts in a house whose data stay there, and in a cluster that somebody runs elsewhere."""
    house = "{kind: onprem, ingress: {domain: house.example}, keys: {attach: {issuer: public}}}"
    sites = f"sites: {{house: {house}, sky: {{kind: kubernetes}}}}"
    every = f"data: {{sites: {allowed}}}\n{sites}\n{text}"
    return make_plan(blueprint(every), offers())


def test_every_capability_is_one_that_holds_data_or_one_that_does_not() -> None:
    known = (*HELD, *STORES, *WITHOUT)
    assert sorted(known) == sorted(C)


@pytest.mark.parametrize("kind", offers())
def test_what_holds_none_brings_nothing_that_does(kind: str) -> None:
    """But stores, in which it keeps logs, and the registry, which may be used from afar."""
    for capability, engines in offers()[kind].items():
        if capability in WITHOUT:
            brought = {need for offer in engines.values() for need in offer.needs}
            assert brought & set(HELD) <= {C.REGISTRY}


def test_what_only_answers_may_stand_anywhere() -> None:
    made = planned(f"registry: {{on: house}}\nmodels: [{SERVED}]\n{LINK}")
    assert not made.errors
    [way] = [p for p in made.capabilities if (p.site, p.capability) == ("sky", C.REGISTRY)]
    assert way.far == "house"


REFUSED = {
    "the registry": ("registry: {on: sky}", ("registry", "engine"), "artifacts"),
    "features": ("features: {on: sky}", ("features", "engine"), "features"),
    "experiments": ("tracking: {on: sky}", ("tracking", "engine"), "samples"),
    "pipelines": ("pipelines: {on: sky}", ("pipelines", "engine"), "what runs read"),
    "versions": (
        "ingestion: {versioning: dvc, on: sky}",
        ("ingestion", "versioning"),
        "versions of the data",
    ),
    "documents": ("llm: {rag: {store: pgvector}, on: sky}", ("llm", "rag", "store"), "documents"),
    "captured requests": (
        f"models: [{SERVED[:-1]}, monitor: {{drift: {{psi: 0.2}}}}}}]\n{LINK}",
        ("models", 0, "monitor", "drift"),
        "captured requests",
    ),
    "batch runs": (
        "models: [{name: m, type: llm, source: 'hf://Qwen/Qwen2.5-0.5B', on: sky, serve: "
        "{engine: fastapi, image: i, mode: batch, input: 's3://a/b', output: 's3://a/c'}}]",
        ("models", 0, "serve", "mode"),
        "what it reads and writes",
    ),
    "artifacts in a bucket": (
        "models: [{name: m, type: predictive, source: 's3://a/b', on: sky, serve: "
        "{engine: onnx-runtime}}]",
        ("models", 0, "source"),
        "artifacts, in a bucket",
    ),
    "a challenger": (
        f"models: [{SERVED.replace('mlflow', 'mlflow, challenger: models:/n')}]\n{LINK}",
        ("models", 0, "serve", "challenger"),
        "both answers",
    ),
    "features on their way": (
        LINK.replace("requests", "features"),
        ("links", 0, "carries", 1),
        "features would go to 'sky'",
    ),
}


@pytest.mark.parametrize(("text", "path", "held"), REFUSED.values(), ids=REFUSED)
def test_what_would_hold_data_elsewhere_is_refused_where_it_is_asked(
    text: str, path: tuple[str | int, ...], held: str
) -> None:
    found = [it for it in planned(text).errors if it.path == path and held in it.what]
    assert len(found) == 1
    assert "data may rest on 'house' alone" in found[0].what
    assert found[0].next


@pytest.mark.parametrize("text", [case[0] for case in REFUSED.values()], ids=REFUSED)
def test_where_they_may_rest_it_is_not(text: str) -> None:
    said = [it.what for it in planned(text, "[house, sky]").errors]
    assert not [what for what in said if "may rest" in what]


def test_training_is_moved_by_moving_pipelines() -> None:
    retrain = "retrain: {every: 30d, image: i, command: [c]}"
    parts = "registry: {on: house}\npipelines: {on: sky}"
    text = f"{parts}\nmodels: [{SERVED[:-1]}, {retrain}}}]\n{LINK}"
    found = {it.path: it for it in planned(text).errors}
    assert "pipelines: {on: SITE}" in found["models", 0, "retrain", "every"].next


def test_what_a_promotion_does_not_reach_is_said() -> None:
    retrain = "retrain: {every: 30d, image: i, command: [c]}"
    served = SERVED.replace("models:/m", "models:/m@champion")
    text = f"registry: {{on: house}}\nmodels: [{served[:-1]}, {retrain}}}]\n{LINK}"
    [found] = [it for it in planned(text).warnings if "restarts nothing" in it.what]
    assert found.path == ("models", 0, "source")
    pinned = text.replace("@champion", "/7")
    assert not [it for it in planned(pinned).warnings if "restarts nothing" in it.what]


def test_a_site_that_is_not_there_is_said() -> None:
    [found] = [it for it in check(blueprint("data: {sites: [moon]}")) if it.path[0] == "data"]
    assert found.path == ("data", "sites", 0)
    assert found.allowed == ("local",)


def test_the_shipped_one_keeps_everything_in_the_house() -> None:
    [case] = [it for it in shipped.cases() if it.path.stem == "hybrid-residency"]
    plan = shipped.planned(case).plan
    held = {p.site for p in plan.capabilities if p.capability in HELD and p.far is None}
    assert held == {"house"}
    assert [(m.name, m.site) for m in plan.models] == [("urgency", "cloud")]
