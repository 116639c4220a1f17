"""A candidate beside the incumbent: the second server, the requests it hears of, the promotion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
import yaml
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.parts import HEAD, objects, planned, recorded

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks.shadowing import shadows
from modelyard.recorder import Graph
from modelyard_jobs.config import Config
from modelyard_jobs.shadow import Settings

HERE = "{kind: kubernetes, ingress: {engine: envoy-gateway, domain: yard.example}}"
MODEL = """
  - name: fraud
    type: predictive
    source: models:/fraud-scorer@live
    serve: {expose: gateway, replicas: {min: 2, max: 6}}
    monitor:
      prediction_shift: 10%
      data: {current: "s3://rows/fraud/", prediction: p, reference: "s3://rows/ref.parquet"}
    promote: {approval: required, shadow: 24h}
"""
BLUEPRINT = f"""
sites: {{here: {HERE}}}
registry: {{}}
monitoring: {{}}
access: {{approvers: ["group:risk"]}}
models:{MODEL}"""
PRODUCTION = "yard-production"


@cache
def graph() -> Graph:
    return recorded(planned(BLUEPRINT))


def one(kind: str, name: str, part: str = "PyfuncServer") -> Mapping[str, Any]:
    found = [
        o
        for o in objects(graph(), part)
        if (o["kind"], o["metadata"]["name"]) == (kind, name)
        and o["metadata"]["namespace"] == PRODUCTION
    ]
    (only,) = found
    return only


def workflow(name: str = "fraud-promote") -> Mapping[str, Any]:
    return one("WorkflowTemplate", name, "Promotion")["spec"]


def template(name: str) -> Mapping[str, Any]:
    (found,) = (t for t in workflow()["templates"] if t["name"] == name)
    return found


def server(deployment: str) -> Mapping[str, Any]:
    (found,) = one("Deployment", deployment)["spec"]["template"]["spec"]["containers"]
    return found


def test_every_object_is_valid() -> None:
    if not crds_available():
        pytest.skip(crds_reason())
    made = [*objects(graph(), "PyfuncServer"), *objects(graph(), "Promotion")]
    assert {o["metadata"]["name"]: violations(o) for o in made if violations(o)} == {}


def test_the_second_server_is_the_first_with_another_version_and_stands_still() -> None:
    shadow = one("Deployment", "fraud-shadow")
    assert shadow["spec"]["replicas"] == 0
    first, second = server("fraud"), server("fraud-shadow")
    named = second["args"].index("--model-uri") + 1
    assert first["args"][named] == "models:/fraud-scorer@live"
    assert second["args"][named] == "models:/$(MODELYARD_CANDIDATE)"
    assert "MODELYARD_CANDIDATE" in {each["name"] for each in second["env"]}
    assert (first["image"], first["resources"]) == (second["image"], second["resources"])


def test_neither_hears_what_is_for_the_other() -> None:
    first, second = one("Service", "fraud")["spec"], one("Service", "fraud-shadow")["spec"]
    labels = one("Deployment", "fraud-shadow")["spec"]["template"]["metadata"]["labels"]
    assert second["selector"].items() <= labels.items()
    assert not first["selector"].items() <= labels.items()


def test_the_gateway_copies_every_request() -> None:
    [rule] = one("HTTPRoute", "fraud")["spec"]["rules"]
    assert [ref["name"] for ref in rule["backendRefs"]] == ["fraud"]
    [copied] = rule["filters"]
    assert copied["type"] == "RequestMirror"
    assert copied["requestMirror"]["backendRef"] == {"name": "fraud-shadow", "port": 8080}


def test_it_stands_between_the_gate_and_the_approval() -> None:
    (run,) = (t for t in workflow()["templates"] if t["name"] == "run")
    assert [step["name"] for [step] in run["steps"]] == [
        *("gate", "shadow-start", "shadow-wait", "shadow", "shadow-stop"),
        *("approve", "move-alias", "restart"),
    ]
    assert workflow()["onExit"] == "shadow-stop"
    assert template("shadow-wait")["suspend"] == {"duration": "86400"}
    assert workflow()["activeDeadlineSeconds"] == 15 * 86400


def test_the_candidate_is_started_with_its_number_and_stopped() -> None:
    start = json.loads(template("shadow-start")["resource"]["manifest"])
    [told] = start["spec"]["template"]["spec"]["containers"]
    assert told == {
        "name": "server",
        "env": [
            {
                "name": "MODELYARD_CANDIDATE",
                "value": "fraud-scorer-candidate/{{workflow.parameters.version}}",
            }
        ],
    }
    assert start["spec"]["replicas"] == 1
    stop = json.loads(template("shadow-stop")["resource"]["manifest"])
    assert stop["spec"] == {"replicas": 0}
    assert stop["metadata"]["name"] == start["metadata"]["name"] == "fraud-shadow"


def test_both_are_asked_what_the_model_was_asked() -> None:
    [file] = template("shadow")["inputs"]["artifacts"]
    config = Config.model_validate(json.loads(file["raw"]["data"]))
    settings = Settings.model_validate(config.settings)
    assert config.data.current == "s3://rows/fraud/"
    assert settings.incumbent == f"http://fraud.{PRODUCTION}.svc:8080"
    assert settings.candidate == f"http://fraud-shadow.{PRODUCTION}.svc:8080"
    assert (settings.share, settings.ratio) == (0.1, 1.2)


def test_a_promotion_reaches_both_and_may_start_both() -> None:
    policy = one("NetworkPolicy", "fraud-promote", "Promotion")["spec"]
    peers = [
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/instance"]
        for rule in policy["egress"]
        for peer in rule["to"]
        if "app.kubernetes.io/instance" in peer.get("podSelector", {}).get("matchLabels", {})
    ]
    assert {"fraud", "fraud-shadow"} <= set(peers)
    (start,) = (
        r
        for r in one("Role", "fraud-promoter", "Promotion")["rules"]
        if r["resources"] == ["deployments"]
    )
    assert start["resourceNames"] == ["fraud", "fraud-shadow"]


def refused(old: str, new: str) -> list[tuple[Any, ...]]:
    text = BLUEPRINT.replace(old, new)
    assert text != BLUEPRINT
    made = Blueprint.model_validate({**yaml.safe_load(HEAD), **yaml.safe_load(text)})
    return [finding.path for finding in shadows(made)]


AT = ("models", 0, "promote", "shadow")


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("expose: gateway, ", "", AT),
        ("expose: gateway", "engine: kserve, expose: gateway", AT),
        ("models:/fraud-scorer@live", "models:/fraud-scorer/3", ("models", 0, "source")),
        (
            '{current: "s3://rows/fraud/", prediction: p, reference: "s3://rows/ref.parquet"}',
            "{prediction: p}",
            AT,
        ),
        (
            "engine: envoy-gateway, domain: yard.example",
            "attach: {name: g, namespace: n, domain: yard.example}",
            AT,
        ),
    ],
)
def test_what_cannot_be_copied_is_refused_where_it_is_written(
    old: str, new: str, path: tuple[Any, ...]
) -> None:
    assert path in refused(old, new)


def test_what_can_be_copied_is_not() -> None:
    assert refused("24h", "36h") == []
