"""Finds the pods that Kubernetes objects make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelyard.policies.rule import Seen, at, objects

_TEMPLATED = ("spec", "template", "spec")
PATHS: Mapping[str, tuple[str, ...]] = {
    "kubernetes:apps/v1:Deployment": _TEMPLATED,
    "kubernetes:apps/v1:StatefulSet": _TEMPLATED,
    "kubernetes:apps/v1:DaemonSet": _TEMPLATED,
    "kubernetes:batch/v1:Job": _TEMPLATED,
    "kubernetes:batch/v1:CronJob": ("spec", "jobTemplate", *_TEMPLATED),
    "kubernetes:serving.kserve.io/v1beta1:InferenceService": ("spec", "predictor"),
    "kubernetes:serving.kserve.io/v1alpha2:LLMInferenceService": ("spec", "template"),
    "kubernetes:argoproj.io/v1alpha1:WorkflowTemplate": ("spec",),
}
"""Where the specification of the pods is, by type."""
WITH_PODS = tuple(PATHS)
SERVERS = WITH_PODS[:3]
"""Those whose pods run until they are told to stop."""

Container = Mapping[str, Any]


def pod(resource: Seen) -> Mapping[str, Any]:
    """The specification of its pods; that of a workflow holds for each of its steps."""
    found = at(resource.inputs, *PATHS[resource.type])
    return found if isinstance(found, Mapping) else {}


def containers(resource: Seen) -> Iterator[Container]:
    """Every container: main, init, side, steps of a workflow, models and workers of KServe."""
    spec = pod(resource)
    yield from _of(spec)
    for step in objects(spec, "templates"):
        yield from _of(step)
        yield from (step[key] for key in ("container", "script") if key in step)
    model = at(spec, "model")
    if isinstance(model, Mapping) and ("image" in model or "resources" in model):
        yield model
    yield from _of(at(resource.inputs, "spec", "worker") or {})


def _of(spec: Any) -> Iterator[Container]:
    for key in ("containers", "initContainers", "sidecars"):
        yield from objects(spec, key)


def named(container: Container) -> str:
    """How a container is spoken of."""
    return f"container {container.get('name') or container.get('image') or 'main'}"


def secured(resource: Seen, container: Container, key: str) -> Any:
    """A setting of security: the container's own, or else that of its pod."""
    own = at(container, "securityContext", key)
    return own if own is not None else at(pod(resource), "securityContext", key)
