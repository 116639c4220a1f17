"""Checking recorded inputs against the SDK's types."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from tests.support.objects import OBJECTS, RELEASE
from tests.support.programs import platform, run

from modelyard.recorder import Finding, check_inputs

HELM = "kubernetes:helm.sh/v3:Release"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


def _check(token: str, inputs: dict[str, Any]) -> list[Finding]:
    return check_inputs(run(lambda: pulumi.CustomResource(token, "it", inputs) and None))


def _messages(token: str, inputs: dict[str, Any]) -> list[str]:
    return [f"{found.path}: {found.message}" for found in _check(token, inputs)]


@pytest.mark.parametrize(("token", "manifest"), OBJECTS.items(), ids=OBJECTS)
def test_correct_objects_pass(token: str, manifest: dict[str, Any]) -> None:
    assert _messages(token, manifest) == []


def test_a_correct_release_passes() -> None:
    assert _messages(HELM, RELEASE) == []


def test_a_whole_platform_passes() -> None:
    assert check_inputs(run(platform)) == []


@pytest.mark.parametrize(("token", "manifest"), OBJECTS.items(), ids=OBJECTS)
def test_an_unknown_name_is_found_in_every_kind(token: str, manifest: dict[str, Any]) -> None:
    assert _messages(token, {**manifest, "sepc": {}})[0].startswith("sepc: unknown property")


def _container(spec: dict[str, Any]) -> dict[str, Any]:
    return spec["spec"]["template"]["spec"]["containers"][0]


def _rename(change: Callable[[dict[str, Any]], dict[str, Any]], old: str, new: str) -> Any:
    def apply(manifest: dict[str, Any]) -> None:
        holder = change(manifest)
        holder[new] = holder.pop(old)

    return apply


def _set(change: Callable[[dict[str, Any]], dict[str, Any]], key: str, value: Any) -> Any:
    def apply(manifest: dict[str, Any]) -> None:
        change(manifest)[key] = value

    return apply


C0 = "spec.template.spec.containers[0]"
MISTAKES = {
    "nested typo": (
        _rename(_container, "readinessProbe", "readynessProbe"),
        [f"{C0}.readynessProbe: unknown property; did you mean 'readinessProbe'?"],
    ),
    "python name instead of wire name": (
        _rename(_container, "volumeMounts", "volume_mounts"),
        [f"{C0}.volume_mounts: unknown property; did you mean 'volumeMounts'?"],
    ),
    "missing": (
        lambda manifest: _container(manifest).pop("name"),
        [f"{C0}: missing required property 'name'"],
    ),
    "text for a number": (
        _set(lambda it: it["spec"], "replicas", "two"),
        ["spec.replicas: expected integer, got string 'two'"],
    ),
    "fraction for a whole number": (
        _set(lambda it: it["spec"], "replicas", 1.5),
        ["spec.replicas: expected integer, got number 1.5"],
    ),
    "boolean for a number": (
        _set(lambda it: it["spec"], "replicas", True),
        ["spec.replicas: expected integer, got boolean True"],
    ),
    "number for a text": (
        _set(lambda it: _container(it)["env"][0], "value", 1),
        [f"{C0}.env[0].value: expected string, got number 1"],
    ),
    "one for several": (
        _set(_container, "args", "--port"),
        [f"{C0}.args: expected array, got string '--port'"],
    ),
    "text for an object": (
        _set(lambda it: it["spec"], "template", "pod"),
        ["spec.template: expected object, got string 'pod'"],
    ),
    "other version": (
        _set(lambda it: it, "apiVersion", "apps/v1beta1"),
        ["apiVersion: expected 'apps/v1', got string 'apps/v1beta1'"],
    ),
    "value of a map": (
        _set(lambda it: it["metadata"]["labels"], "team", ["ml"]),
        ["metadata.labels.team: expected string, got array"],
    ),
    "neither number nor text": (
        _set(lambda it: _container(it)["livenessProbe"]["httpGet"], "port", {}),
        [f"{C0}.livenessProbe.httpGet.port: expected integer or string, got object"],
    ),
}


@pytest.mark.parametrize(("plant", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_planted_mistakes_are_found(plant: Callable[[Any], Any], expected: list[str]) -> None:
    manifest = copy.deepcopy(OBJECTS[DEPLOYMENT])
    plant(manifest)
    assert _messages(DEPLOYMENT, manifest) == expected


def test_a_release_without_chart_and_with_a_typo() -> None:
    release = {key: value for key, value in RELEASE.items() if key != "chart"}
    found = _messages(HELM, {**release, "repositoryOpts": {"repository": "x"}})
    assert found == [
        "repositoryOpts.repository: unknown property",
        ": missing required property 'chart'",
    ]


def test_a_mistyped_kind() -> None:
    (found,) = _check("kubernetes:apps/v1:Deploymnet", {})
    assert "unknown type" in found.message
    assert "'kubernetes:apps/v1:Deployment'" in found.message


def test_custom_kinds_are_left_to_their_own_schemas() -> None:
    assert _check("kubernetes:argoproj.io/v1alpha1:Workflow", {"anything": 1}) == []


def test_a_package_without_sdk_is_not_passed_silently() -> None:
    (found,) = _check("yard:index:Thing", {})
    assert "pulumi_yard is not installed" in found.message


def test_a_providers_settings() -> None:
    def program() -> None:
        kubernetes.Provider("good", context="c", enable_server_side_apply=True)
        token = "kubernetes"
        pulumi.ProviderResource(token, "bad", {"kubeConfig": "c"})

    (found,) = check_inputs(run(program))
    assert (found.urn.rpartition("::")[2], found.path) == ("bad", "kubeConfig")
    assert "'kubeconfig'" in found.message


def test_typed_resources_are_checked_as_well() -> None:
    def program() -> None:
        kubernetes.core.v1.Service(
            "it", metadata={"name": "it"}, spec={"ports": [{"port": "eighty"}], "tipe": "ClusterIP"}
        )

    assert {found.path for found in check_inputs(run(program))} == {
        "spec.ports[0].port",
        "spec.tipe",
    }


def test_values_still_unknown_pass_but_texts_around_them_do_not() -> None:
    manifest = copy.deepcopy(OBJECTS[DEPLOYMENT])

    def program() -> None:
        other = pulumi.CustomResource("yard:index:Thing", "other", {})
        manifest["spec"]["replicas"] = other.id
        manifest["spec"]["revisionHistoryLimit"] = pulumi.Output.concat("about ", other.id)
        pulumi.CustomResource(DEPLOYMENT, "it", manifest)

    found = [item for item in check_inputs(run(program)) if item.urn.endswith("::it")]
    assert [item.path for item in found] == ["spec.revisionHistoryLimit"]


def test_a_finding_says_where() -> None:
    (found,) = _check("kubernetes:core/v1:ConfigMap", {"dta": {}})
    assert str(found).startswith("it dta: unknown property; did you mean 'data'? (")
    assert "test_inputs.py:" in str(found)
