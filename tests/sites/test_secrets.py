"""Secrets: from the stack's configuration, by hand, or from a store; never in the clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.facilities import GPUS, Facilities, site, stood

from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import SecretKey
from modelyard.contracts.secrets import Gathered
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.recorder.values import Secret
from modelyard.sites.kubernetes.secrets import filled

STORE = f"secrets: {{attach: {{store: vault, kind: SecretStore}}}}, {GPUS}"
DATABASE = Gathered(
    name="pg", keys=("username", "password"), templates={"uri": "pg://{{ .username }}@db"}
)


def asked(text: str, reference: str, config: Mapping[str, str] | None = None) -> tuple[Graph, Any]:
    """What a reference becomes in the production namespace."""

    def ask(platform: Facilities) -> Any:
        place = platform.part(C.IDENTITY).namespaces[Purpose.PRODUCTION]
        return platform.part(C.SECRETS).refer(reference, place, platform)

    return stood(site(text), ask, config=config)


def gathered(text: str, config: Mapping[str, str] | None = None) -> tuple[Graph, Any]:
    def ask(platform: Facilities) -> Any:
        place = platform.part(C.IDENTITY).namespaces[Purpose.PRODUCTION]
        return platform.part(C.SECRETS).gather(DATABASE, place)

    return stood(site(text), ask, config=config)


def objects(graph: Graph, kind: str, name: str) -> list[Mapping[str, Any]]:
    return [
        r.inputs
        for r in graph
        if r.inputs.get("kind") == kind
        and r.inputs["metadata"]["name"] == name
        and r.inputs["metadata"]["namespace"] == "yard-production"
    ]


@pytest.mark.parametrize(
    ("reference", "key"), [("secret://hub/token", "token"), ("secret://hub", "value")]
)
def test_by_hand_it_is_expected_where_it_is_used(reference: str, key: str) -> None:
    graph, place = asked(GPUS, reference)
    assert place == SecretKey("hub", key)
    assert not objects(graph, "Secret", "hub")


def test_the_stack_s_configuration_answers_a_reference() -> None:
    config = {"secrets:hub/API_TOKEN": "hunter2"}
    graph, place = asked(GPUS, "secret://hub/API_TOKEN", config)
    assert place == SecretKey("hub-api-token", "API_TOKEN")
    (made,) = objects(graph, "Secret", place.secret)
    assert isinstance(made["stringData"]["API_TOKEN"], Secret)
    assert "hunter2" not in str(graph.to_json())


@pytest.mark.parametrize(
    ("reference", "remote"),
    [
        ("secret://hub/token", {"key": "hub", "property": "token"}),
        ("secret://hub", {"key": "hub"}),
    ],
)
def test_a_store_answers_a_reference(reference: str, remote: Mapping[str, str]) -> None:
    graph, place = asked(STORE, reference)
    (made,) = objects(graph, "ExternalSecret", place.secret)
    assert made["spec"]["secretStoreRef"] == {"name": "vault", "kind": "SecretStore"}
    assert made["spec"]["data"] == [{"secretKey": place.key, "remoteRef": remote}]


def test_several_keys_by_hand_are_expected_together() -> None:
    graph, handle = gathered(GPUS)
    assert (handle.name, handle.resource) == ("pg", None)
    assert not objects(graph, "Secret", "pg")


def test_several_keys_come_from_a_store_together() -> None:
    graph, handle = gathered(STORE)
    (made,) = objects(graph, "ExternalSecret", handle.name)
    assert made["spec"]["target"]["template"]["data"] == {
        "username": "{{ .username }}",
        "password": "{{ .password }}",
        "uri": "pg://{{ .username }}@db",
    }


def test_several_keys_come_from_the_configuration_together() -> None:
    config = {"secrets:pg/username": "me", "secrets:pg/password": "hunter2"}
    graph, handle = gathered(GPUS, config)
    (made,) = objects(graph, "Secret", handle.name)
    assert set(made["stringData"]) == {"username", "password", "uri"}
    assert all(isinstance(value, Secret) for value in made["stringData"].values())


def test_a_template_is_filled_as_the_operator_would() -> None:
    uri = "postgresql://{{ .username | urlquery }}:{{ .password | urlquery }}@db/{{ .username }}"
    values = {"username": "a b", "password": "p@ss/word"}
    assert filled(uri, values) == "postgresql://a+b:p%40ss%2Fword@db/a b"


def test_passwords_stay_the_same_and_have_nothing_to_escape() -> None:
    graph, _ = stood(site(GPUS))
    passwords = graph.of_type("random:index/randomPassword:RandomPassword")
    assert {p.inputs["special"] for p in passwords} == {False}
    assert {p.inputs["length"] for p in passwords} == {32}
    assert {p.provider for p in passwords} == {
        r.urn for r in graph.of_type("pulumi:providers:random")
    }
