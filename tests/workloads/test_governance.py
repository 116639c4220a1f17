"""Admission policies, evaluated as an API server would: by their CEL, over objects and requests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from tests.support import shipped
from tests.support.kubernetes_schemas import violations
from tests.support.parts import manifest, objects, only, planned, recorded

from modelyard.blueprint.checks.greengrass import on_devices
from modelyard.plan.capability import Capability as C

cel = pytest.importorskip("cel", reason="needs the package common-expression-language")

SITE = "sites: {core: {kind: kubernetes}}\nmodels: []\n"
MIRRORED = """
sites: {core: {kind: kubernetes, image_registry: {attach: {url: registry.example.com/mirror}}}}
models: []
"""
TAGS = {
    "modelyard.dev/domain": "demo",
    "modelyard.dev/owner": "ml.at.example.com",
    "modelyard.dev/team": "ml",
    "modelyard.dev/compliance-class": "internal",
    "modelyard.dev/retraining-cadence": "none",
    "modelyard.dev/retraining-trigger": "manual",
}
DIGEST = "@sha256:" + "0" * 64
PERSON = {"username": "ops@example.com", "groups": ["system:authenticated"]}
CONTROLLER = {
    "username": "system:serviceaccount:kserve:kserve-controller-manager",
    "groups": ["system:serviceaccounts", "system:serviceaccounts:kserve"],
}
OWNED = [
    {"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService", "controller": True}
]
PLURALS = {
    "Deployment": ("apps", "deployments"),
    "StatefulSet": ("apps", "statefulsets"),
    "DaemonSet": ("apps", "daemonsets"),
    "Job": ("batch", "jobs"),
    "CronJob": ("batch", "cronjobs"),
    "InferenceService": ("serving.kserve.io", "inferenceservices"),
    "LLMInferenceService": ("serving.kserve.io", "llminferenceservices"),
    "Pod": ("", "pods"),
    "ConfigMap": ("", "configmaps"),
}
SERVING = [kind for kind in PLURALS if kind not in ("Pod", "ConfigMap")]
WITH_PODS = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"]


@cache
def made(text: str = SITE) -> list[Mapping[str, Any]]:
    return objects(recorded(only(planned(text), C.GOVERNANCE)), "AdmissionPolicies")


def refused(
    item: Mapping[str, Any], user: Mapping[str, Any] = PERSON, text: str = SITE
) -> list[str]:
    """Why the cluster does not take an object in production; empty when it does."""
    return _refused(made(text), item, user)


def _refused(
    policies: list[Mapping[str, Any]], item: Mapping[str, Any], user: Mapping[str, Any]
) -> list[str]:
    bound = {o["spec"]["policyName"] for o in policies if o["kind"].endswith("Binding")}
    return [
        message
        for policy in policies
        if policy["kind"] == "ValidatingAdmissionPolicy" and policy["metadata"]["name"] in bound
        if _matches(policy["spec"], item, user)
        for message in _failed(policy["spec"], item, user)
    ]


def _matches(spec: Mapping[str, Any], item: Mapping[str, Any], user: Mapping[str, Any]) -> bool:
    group, resource = PLURALS[item["kind"]]
    rules = spec["matchConstraints"]["resourceRules"]
    known = {"object": item, "request": {"userInfo": user}}
    return any(
        group in rule["apiGroups"] and resource in rule["resources"] for rule in rules
    ) and all(
        cel.evaluate(condition["expression"], known) is True
        for condition in spec.get("matchConditions", [])
    )


def _failed(spec: Mapping[str, Any], item: Mapping[str, Any], user: Mapping[str, Any]) -> list[str]:
    known: dict[str, Any] = {"object": item, "request": {"userInfo": user}, "variables": {}}
    for variable in spec.get("variables", []):
        value = cel.evaluate(variable["expression"], known)
        known["variables"] = {**known["variables"], variable["name"]: value}
    results = [(cel.evaluate(v["expression"], known), v["message"]) for v in spec["validations"]]
    assert all(isinstance(result, bool) for result, _ in results)
    return [message for result, message in results if not result]


def thing(
    kind: str,
    image: str = "ghcr.io/acme/server:1.2",
    labels: Mapping[str, str] | None = TAGS,
    **more: Any,
) -> Mapping[str, Any]:
    """An object of a kind, with its pod where that kind keeps it."""
    pod = {"containers": [{"name": "main", "image": image}], **more}
    template = {"template": {"spec": pod}}
    nested = {"CronJob": {"jobTemplate": {"spec": template}}, "Pod": pod}
    metadata = {"name": "it"} if labels is None else {"name": "it", "labels": dict(labels)}
    return {"kind": kind, "metadata": metadata, "spec": nested.get(kind, template)}


def test_every_policy_is_valid_and_bound_to_production_of_this_platform() -> None:
    policies = [o for o in made() if o["kind"] == "ValidatingAdmissionPolicy"]
    bindings = [o for o in made() if o["kind"] == "ValidatingAdmissionPolicyBinding"]
    assert [violations(o) for o in made()] == [[]] * len(made())
    assert {b["spec"]["policyName"] for b in bindings} == {p["metadata"]["name"] for p in policies}
    for binding in bindings:
        selector = binding["spec"]["matchResources"]["namespaceSelector"]["matchLabels"]
        assert selector == {"kubernetes.io/metadata.name": "yard-production"}
        assert "Deny" in binding["spec"]["validationActions"]
    assert all(p["spec"]["failurePolicy"] == "Fail" for p in policies)
    assert all(p["metadata"]["name"].startswith("yard-") for p in policies)


@pytest.mark.parametrize("kind", SERVING)
def test_what_carries_its_tags_is_let_in(kind: str) -> None:
    assert refused(thing(kind)) == []


@pytest.mark.parametrize("kind", SERVING)
@pytest.mark.parametrize("label", TAGS)
def test_a_missing_label_is_named(kind: str, label: str) -> None:
    rest = {key: value for key, value in TAGS.items() if key != label}
    for labels in (rest, {**rest, label: ""}):
        (message,) = refused(thing(kind, labels=labels))
        assert label in message


def test_without_labels_all_are_named() -> None:
    messages = refused(thing("Deployment", labels=None))
    assert all(any(label in message for message in messages) for label in TAGS)


def test_other_objects_and_pods_of_checked_owners_need_no_tags() -> None:
    assert refused(thing("ConfigMap", labels=None)) == []
    assert refused(thing("Pod", labels=None)) == []


def test_what_a_controller_makes_of_a_checked_object_needs_no_tags() -> None:
    bare = thing("Deployment", labels=None)
    owned = {**bare, "metadata": {"name": "it", "ownerReferences": OWNED}}
    assert refused(owned, CONTROLLER) == []
    manager = {"username": "system:kube-controller-manager", "groups": []}
    assert refused(owned, manager) == []
    assert refused(bare, CONTROLLER) != []


@pytest.mark.parametrize("purpose", ["platform", "training", "production"])
def test_an_owner_cannot_be_made_up(purpose: str) -> None:
    owned = {
        **thing("Deployment", labels=None),
        "metadata": {"name": "it", "ownerReferences": OWNED},
    }
    inside = {
        "username": f"system:serviceaccount:yard-{purpose}:anything",
        "groups": ["system:serviceaccounts", f"system:serviceaccounts:yard-{purpose}"],
    }
    assert refused(owned, PERSON) != []
    assert refused(owned, inside) != []


@pytest.mark.parametrize("kind", WITH_PODS)
@pytest.mark.parametrize(
    ("image", "fine"),
    [
        ("ghcr.io/acme/server:1.2", True),
        ("ghcr.io/acme/server:v1.2.0-rc.1", True),
        ("registry.local:5000/server:1", True),
        ("ghcr.io/acme/server" + DIGEST, True),
        ("ghcr.io/acme/server:latest" + DIGEST, True),
        ("ghcr.io/acme/server:latest", False),
        ("ghcr.io/acme/server", False),
        ("server", False),
        ("registry.local:5000/server", False),
        ("ghcr.io/acme/server@sha256:abc", False),
        ("", False),
    ],
)
def test_images_are_pinned(kind: str, image: str, fine: bool) -> None:
    assert (refused(thing(kind, image)) == []) is fine


@pytest.mark.parametrize("kind", WITH_PODS)
def test_init_containers_are_looked_at_too(kind: str) -> None:
    floating = thing(kind, initContainers=[{"name": "fetch", "image": "fetch:latest"}])
    pinned = thing(kind, initContainers=[{"name": "fetch", "image": "fetch:3"}])
    unnamed = thing(kind, initContainers=[{"name": "fetch"}])
    assert refused(pinned) == []
    assert refused(floating) != []
    assert refused(unnamed) != []


@pytest.mark.parametrize("kind", WITH_PODS)
def test_images_come_from_the_mirror_where_there_is_one(kind: str) -> None:
    assert refused(thing(kind, "registry.example.com/mirror/acme/server:1"), text=MIRRORED) == []
    for elsewhere in ("ghcr.io/acme/server:1", "registry.example.com/mirrored/server:1"):
        (message,) = refused(thing(kind, elsewhere), text=MIRRORED)
        assert "registry.example.com/mirror/" in message
    assert refused(thing(kind, "ghcr.io/acme/server:1")) == []


def test_beside_the_mirror_only_images_that_the_blueprint_names_are_let_in() -> None:
    own = "own.example.com/ml/churn:7"
    serve = f"{{engine: fastapi, image: '{own}'}}"
    model = f"{{name: churn, type: predictive, source: 's3://m/x', serve: {serve}}}"
    text = MIRRORED.replace("models: []", f"models: [{model}]")
    assert refused(thing("Pod", own), text=text) == []
    assert refused(thing("Pod", own), text=MIRRORED) != []
    assert refused(thing("Pod", "own.example.com/ml/churn:8"), text=text) != []


def test_beside_the_mirror_operators_may_bring_what_their_charts_are_known_for() -> None:
    text = MIRRORED.replace("kind: kubernetes,", "kind: kubernetes, operators: {kserve: create},")
    server = "docker.io/kserve/sklearnserver:v0.20.0"
    assert refused(thing("Pod", server), text=text) == []
    assert refused(thing("Pod", server), text=MIRRORED) != []


def test_environments_in_one_cluster_do_not_share_a_policy() -> None:
    names = {
        environment: {
            o["metadata"]["name"]
            for o in objects(
                recorded(only(planned(SITE, environment), C.GOVERNANCE)), "AdmissionPolicies"
            )
        }
        for environment in ("dev", "prod")
    }
    assert not names["dev"] & names["prod"]


@pytest.mark.parametrize("case", shipped.cases(), ids=str)
def test_the_platform_keeps_its_own_rules(case: shipped.Case) -> None:
    graph = shipped.recorded(case)
    seen: list[str] = []
    for resource in graph:
        item = manifest(resource)
        if not _served(item):
            continue
        # A site's policies are those that were made in the same cluster.
        there = [manifest(r) for r in graph if r.provider == resource.provider]
        messages = _refused([o for o in there if "Admission" in o.get("kind", "")], item, PERSON)
        assert not messages, f"{item['kind']} {item['metadata']['name']}"
        seen.append(item["metadata"]["name"])
    assert seen or all(map(on_devices, shipped.planned(case).plan.blueprint.models))


def _served(item: Mapping[str, Any]) -> bool:
    namespace = item.get("metadata", {}).get("namespace", "")
    return item.get("kind") in PLURALS and namespace.endswith("-production")
