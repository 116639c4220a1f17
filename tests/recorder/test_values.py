"""Outputs, unknowns and secrets."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from tests.support.programs import config_map, deployment, run

from modelyard.recorder import Graph, Mode, Secret, check_inputs, is_symbolic

PASSWORD = "correct horse battery staple"


def _data(graph: Graph, name: str) -> Any:
    (found,) = graph.named(name)
    return found.inputs["data"]


def test_secrets_never_show() -> None:
    def program() -> None:
        password = pulumi.Output.secret(PASSWORD)
        config_map("plain", {"password": password, "user": "ann"})
        config_map("derived", {"url": pulumi.Output.concat("redis://:", password, "@cache")})
        config_map("whole", pulumi.Output.secret({"password": PASSWORD}))
        pulumi.export("password", password)

    graph = run(program)
    assert _data(graph, "plain") == {"password": Secret("string"), "user": "ann"}
    assert _data(graph, "derived") == {"url": Secret("string")}
    assert _data(graph, "whole") == Secret("object")
    assert graph.outputs == {"password": Secret("string")}
    for shown in (json.dumps(graph.to_json()), repr(graph), str(_data(graph, "plain"))):
        assert PASSWORD not in shown
        assert "[secret]" in shown


def test_secret_outputs_make_their_dependents_secret() -> None:
    def program() -> None:
        options = pulumi.ResourceOptions(additional_secret_outputs=["data"])
        made = pulumi.CustomResource("yard:index:Key", "key", {"data": "x"}, options)
        config_map("user", {"key": made.data})  # type: ignore[attr-defined]

    for mode in Mode:
        assert _data(run(program, mode=mode), "user") == {"key": Secret("string")}


def test_an_objects_name_is_known_to_others() -> None:
    def program() -> None:
        server = deployment("server")
        unnamed = pulumi.CustomResource("kubernetes:core/v1:ConfigMap", "auto", {"metadata": {}})
        names = [server.metadata["name"], unnamed.metadata["name"]]  # type: ignore[attr-defined]
        config_map("user", {"named": names[0], "auto": names[1]})

    preview, update = (run(program, mode=mode) for mode in Mode)
    assert _data(preview, "user") == {"named": "server", "auto": "${auto.metadata.name}"}
    assert _data(update, "user") == {"named": "server", "auto": "auto"}


def test_typed_outputs_become_symbols_and_numbers_stay_unknown() -> None:
    def program() -> None:
        release = kubernetes.helm.v3.Release("release", chart="demo")
        status = release.status
        config_map(
            "user", {"app": status.app_version, "url": pulumi.Output.concat("x/", status.name)}
        )
        config_map("count", {"revision": status.revision.apply(str)})

    graph = run(program)
    assert _data(graph, "user") == {
        "app": "${release.status.appVersion}",
        "url": "x/${release.status.name}",
    }
    assert _data(graph, "count") == {"revision": "${unknown}"}
    assert is_symbolic(_data(graph, "user")["app"])
    assert not is_symbolic(_data(graph, "user")["url"])


def test_an_update_knows_every_value() -> None:
    def program() -> None:
        release = kubernetes.helm.v3.Release("release", chart="demo")
        config_map("count", {"revision": release.status.revision.apply(str)})

    assert _data(run(program, mode=Mode.UPDATE), "count") == {"revision": "1"}


def test_resources_inside_apply_appear() -> None:
    def program() -> None:
        deployment("server").id.apply(lambda known: deployment("late", known) and None)

    (late,) = run(program).named("late")
    assert (
        late.inputs["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"]
        == "${server.id}"
    )


def test_assets_are_named_not_read() -> None:
    def program() -> None:
        kubernetes.helm.v3.Release(
            "release", chart="demo", value_yaml_files=[pulumi.FileAsset("./values.yaml")]
        )

    (release,) = run(program).named("release")
    assert release.inputs["valueYamlFiles"] == [{"$asset": {"path": "./values.yaml"}}]


def test_a_random_password_is_a_secret_everywhere() -> None:
    random = pytest.importorskip("pulumi_random", reason="pulumi-random is not installed")

    def program() -> None:
        password = random.RandomPassword("password", length=32, special=False)
        config_map("user", {"password": password.result})

    graph = run(program)
    (password,) = graph.named("password")
    assert _data(graph, "user") == {"password": Secret("string")}
    assert password.inputs == {"length": 32, "special": False}
    assert check_inputs(graph) == []
