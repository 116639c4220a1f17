"""What the cluster itself refuses: serving objects without tags, loose images, privileged pods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.cluster.api import Refused
from tests.support.cluster.standing import Standing
from tests.support.cluster.waiting import until

TAGS = (
    *("modelyard.dev/domain", "modelyard.dev/owner", "modelyard.dev/team"),
    *("modelyard.dev/compliance-class", "modelyard.dev/retraining-cadence"),
    "modelyard.dev/retraining-trigger",
)
RESTRICTED = {
    "securityContext": {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
}
CLOSED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
PINNED = "example.com/server:1.2"


def image(standing: Standing, reference: str = PINNED) -> str:
    """From the site's mirror where it has one."""
    registry = standing.plan.blueprint.sites[standing.place.site].image_registry
    return f"{registry.attach.url}/{reference}" if registry else reference


def labelled(*without: str) -> dict[str, str]:
    return {"app": "it", **{tag: "some" for tag in TAGS if tag not in without}}


def workload(
    standing: Standing, kind: str, labels: Mapping[str, str], reference: str = PINNED
) -> Mapping[str, Any]:
    """A serving object of a kind in production, with one container."""
    container = {
        "name": "main",
        "image": image(standing, reference),
        "securityContext": CLOSED,
        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
    }
    pod = {"containers": [container], **RESTRICTED}
    template = {"metadata": {"labels": {"app": "it"}}, "spec": pod}
    selected = {"selector": {"matchLabels": {"app": "it"}}, "template": template}
    once = {"template": {"metadata": {}, "spec": {**pod, "restartPolicy": "Never"}}}
    version, spec = {
        "Deployment": ("apps/v1", selected),
        "StatefulSet": ("apps/v1", {**selected, "serviceName": "it"}),
        "DaemonSet": ("apps/v1", selected),
        "Job": ("batch/v1", once),
        "CronJob": ("batch/v1", {"schedule": "0 1 * * *", "jobTemplate": {"spec": once}}),
        "InferenceService": (
            "serving.kserve.io/v1beta1",
            {"predictor": {"containers": [{**container, "name": "kserve-container"}]}},
        ),
    }[kind]
    metadata = {
        "name": "it",
        "namespace": standing.namespaces["production"],
        "labels": dict(labels),
    }
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


KINDS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "InferenceService")


@pytest.fixture(scope="session")
def in_force(standing: Standing) -> None:
    """A policy takes a moment from being accepted to being held to."""

    def refuses() -> bool:
        try:
            standing.api.apply(workload(standing, "Deployment", {"app": "it"}), on_trial=True)
        except Refused:
            return True
        return False

    assert until(refuses), "an untagged Deployment is let into production"


@pytest.mark.usefixtures("in_force")
@pytest.mark.parametrize("kind", KINDS)
def test_serving_objects_carry_their_tags(standing: Standing, kind: str) -> None:
    tagged = workload(standing, kind, labelled())
    if not standing.api.serves(tagged):
        pytest.skip(f"{kind}: no CRD of it at hand")
    standing.api.apply(tagged, on_trial=True)
    for tag in TAGS:
        with pytest.raises(Refused, match=f"the label {tag} is missing"):
            standing.api.apply(workload(standing, kind, labelled(tag)), on_trial=True)


@pytest.mark.usefixtures("in_force")
@pytest.mark.parametrize("reference", ["example.com/server", "example.com/server:latest"])
@pytest.mark.parametrize("kind", ["Deployment", "Job", "CronJob"])
def test_images_are_pinned(standing: Standing, kind: str, reference: str) -> None:
    with pytest.raises(Refused, match="every image needs a tag other than latest, or a digest"):
        standing.api.apply(workload(standing, kind, labelled(), reference), on_trial=True)


@pytest.mark.usefixtures("in_force")
def test_images_come_from_the_mirror(standing: Standing) -> None:
    if standing.plan.blueprint.sites[standing.place.site].image_registry is None:
        pytest.skip("this site has no mirror")
    foreign = workload(standing, "Deployment", labelled())
    foreign["spec"]["template"]["spec"]["containers"][0]["image"] = "docker.io/library/x:1"
    with pytest.raises(Refused, match="every image has to come from"):
        standing.api.apply(foreign, on_trial=True)


@pytest.mark.usefixtures("in_force")
def test_only_production_is_held_to_tags(standing: Standing) -> None:
    untagged = workload(standing, "Deployment", {"app": "it"})
    untagged["metadata"]["namespace"] = standing.namespaces["training"]
    standing.api.apply(untagged, on_trial=True)


BREACHES: Mapping[str, Mapping[str, Any]] = {
    "privileged": {"securityContext": {"privileged": True, "capabilities": CLOSED["capabilities"]}},
    "allowPrivilegeEscalation": {"securityContext": {"capabilities": {"drop": ["ALL"]}}},
    "unrestricted capabilities": {"securityContext": {"allowPrivilegeEscalation": False}},
    "runAsNonRoot != true": {"securityContext": {**CLOSED, "runAsNonRoot": False}},
    "hostPort": {"securityContext": CLOSED, "ports": [{"containerPort": 80, "hostPort": 80}]},
}
"""What a container must not have, by the words in which Pod Security refuses it."""


@pytest.mark.parametrize("purpose", ["platform", "training", "production"])
def test_pods_have_no_privileges(standing: Standing, purpose: str) -> None:
    name = standing.namespaces[purpose]
    standing.api.apply(_pod(standing, name, {"securityContext": CLOSED}), on_trial=True)
    for words, container in BREACHES.items():
        with pytest.raises(Refused, match=f'violates PodSecurity "restricted.*{words}'):
            standing.api.apply(_pod(standing, name, container), on_trial=True)


def _pod(standing: Standing, namespace: str, container: Mapping[str, Any]) -> Mapping[str, Any]:
    resources = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
    main = {"name": "main", "image": image(standing), "resources": resources, **container}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "it", "namespace": namespace},
        "spec": {"containers": [main], **RESTRICTED},
    }
