"""The validation that all Kubernetes objects of the platform go through."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.objects import OBJECTS
from tests.support.structural import closed

from modelyard.recorder import Secret

needs_crds = pytest.mark.skipif(not crds_available(), reason=crds_reason())

DEPLOYMENT = OBJECTS["kubernetes:apps/v1:Deployment"]
SCALED = {
    "apiVersion": "keda.sh/v1alpha1",
    "kind": "ScaledObject",
    "metadata": {"name": "demo", "labels": {"a": "b"}},
    "spec": {
        "scaleTargetRef": {"name": "demo"},
        "minReplicaCount": 1,
        "triggers": [{"type": "prometheus", "metadata": {"query": "up", "threshold": "1"}}],
    },
}
PREDICTOR = {
    "apiVersion": "serving.kserve.io/v1beta1",
    "kind": "InferenceService",
    "metadata": {"name": "demo"},
    "spec": {
        "predictor": {
            "minReplicas": 1,
            "model": {
                "modelFormat": {"name": "mlflow"},
                "storageUri": "s3://models/demo",
                "resources": {"limits": {"cpu": 1, "memory": "1Gi"}},
                "livenessProbe": {"httpGet": {"path": "/", "port": "http"}},
            },
        }
    },
}
CLASS = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "GatewayClass",
    "metadata": {"name": "demo"},
    "spec": {"controllerName": "example.com/controller"},
}


def _changed(manifest: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    result = copy.deepcopy(manifest)
    *parents, last = path.split(".")
    holder: Any = result
    for part in parents:
        holder = holder[int(part)] if part.isdigit() else holder.setdefault(part, {})
    holder[int(last) if last.isdigit() else last] = value
    return result


@pytest.mark.parametrize("manifest", OBJECTS.values(), ids=OBJECTS)
def test_correct_core_objects_pass(manifest: dict[str, Any]) -> None:
    assert violations(manifest) == []


@pytest.mark.parametrize("manifest", OBJECTS.values(), ids=OBJECTS)
def test_an_unknown_field_is_refused_in_every_core_kind(manifest: dict[str, Any]) -> None:
    assert any("sepc" in found for found in violations({**manifest, "sepc": {}}))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("spec.replicas", "two", "spec.replicas: 'two' is not of type"),
        ("spec.template.spec.containerz", [], "'containerz' was unexpected"),
        ("spec.template.spec.containers.0", {"image": "x"}, "containers.0: 'name' is a required"),
        ("metadata.lables", {}, "'lables' was unexpected"),
        ("metadata.name", "", "'name' is a required property"),
        ("kind", "deployment", "no schema for apps/v1 deployment"),
        ("apiVersion", "apps/v2", "no schema for apps/v2 Deployment"),
        ("apiVersion", "apps.example.com/v1", "no schema for apps.example.com/v1 Deployment"),
        ("kind", "", "apiVersion and kind are required"),
    ],
)
def test_planted_mistakes_in_core_objects(path: str, value: Any, said: str) -> None:
    found = violations(_changed(DEPLOYMENT, path, value))
    assert len(found) == 1
    assert said in found[0]


def test_all_mistakes_come_at_once() -> None:
    spoilt = _changed(_changed(DEPLOYMENT, "spec.replicas", "two"), "spec.paused", "no")
    assert len(violations(spoilt)) == 2


def test_masked_secrets_are_texts() -> None:
    secret = OBJECTS["kubernetes:core/v1:Secret"]
    assert violations({**secret, "stringData": {"key": Secret("string")}}) == []


def test_a_kind_without_schema_does_not_pass() -> None:
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "x"}}
    assert violations(thing) == ["no schema for example.com/v1 Thing"]


@needs_crds
@pytest.mark.parametrize("manifest", [SCALED, PREDICTOR, CLASS], ids=lambda it: it["kind"])
def test_correct_custom_objects_pass(manifest: dict[str, Any]) -> None:
    assert violations(manifest) == []


@needs_crds
@pytest.mark.parametrize(
    ("manifest", "path", "value", "said"),
    [
        (SCALED, "spec.minReplicas", 1, "spec: Additional properties are not allowed"),
        (SCALED, "spec.triggers.0.typo", 1, "triggers.0: Additional properties are not allowed"),
        (SCALED, "spec.triggers.0.metadata", {"a": 1}, "metadata.a: 1 is not of type 'string'"),
        (SCALED, "metadata.lables", {}, "'lables' was unexpected"),
        (SCALED, "metadata.name", None, "name"),
        (SCALED, "specc", {}, "'specc' was unexpected"),
        (SCALED, "apiVersion", "keda.sh/v2", "no schema for keda.sh/v2 ScaledObject"),
        (PREDICTOR, "spec.predictor.model.storageUrl", "x", "'storageUrl' was unexpected"),
        (PREDICTOR, "spec.predictor.minReplicas", "1", "minReplicas: '1' is not of type 'integer'"),
        (PREDICTOR, "spec.predictor.model.resources.limits.cpu", [], "limits.cpu"),
        (PREDICTOR, "spec.predictor.model.modelFormat", {}, "'name' is a required property"),
        (CLASS, "spec.controllerName", "no-domain", "does not match"),
    ],
)
def test_planted_mistakes_in_custom_objects(
    manifest: dict[str, Any], path: str, value: Any, said: str
) -> None:
    found = violations(_changed(manifest, path, value))
    assert found
    assert all(said in item for item in found)


def test_how_a_crds_schema_is_closed() -> None:
    text, whole = {"type": "string"}, {"type": "integer"}
    schema = closed(
        {
            "type": "object",
            "properties": {
                "spec": {
                    "type": "object",
                    "description": "gone",
                    "properties": {
                        "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                        "map": {"type": "object", "additionalProperties": text},
                        "port": {"x-kubernetes-int-or-string": True},
                        "maybe": {**text, "nullable": True},
                        "either": {"type": "object", "properties": {"a": text, "b": text}},
                        "odd": {**text, "pattern": "^\\p{L}+$"},
                    },
                }
            },
        }
    )
    spec = schema["properties"]["spec"]
    parts = spec["properties"]
    assert spec["additionalProperties"] is False
    assert "description" not in spec
    assert "additionalProperties" not in parts["open"]
    assert parts["map"]["additionalProperties"] == text
    assert parts["port"]["anyOf"] == [whole, text]
    assert parts["maybe"]["type"] == ["string", "null"]
    assert parts["either"]["additionalProperties"] is False
    assert "pattern" not in parts["odd"]
    assert schema["required"] == ["apiVersion", "kind", "metadata"]
