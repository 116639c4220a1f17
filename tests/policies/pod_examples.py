"""Examples of the rules over pods, for every type that makes some."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.policies.example import Example, case

from modelyard.policies import rules
from modelyard.policies.pods import PATHS

DIGEST = f"registry.example/app@sha256:{'0' * 64}"
SECURE = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
CONTAINER: Mapping[str, Any] = {
    "name": "main",
    "image": DIGEST,
    "securityContext": SECURE,
    "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
    "readinessProbe": {"httpGet": {"path": "/", "port": 80}},
    "env": [{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "p"}}}],
}
POD: Mapping[str, Any] = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [CONTAINER],
}
LABELS = {f"modelyard.dev/{key}": "x" for key in ("owner", "domain", "compliance-class")}


def _container(**changes: Any) -> Mapping[str, Any]:
    return {**POD, "containers": [{**CONTAINER, **changes}]}


def _secured(**changes: Any) -> Mapping[str, Any]:
    return _container(securityContext={**SECURE, **changes})


BAD: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "workload-non-root": (
        {**POD, "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}},
        _secured(runAsUser=0),
    ),
    "workload-privileged": (_secured(privileged=True),),
    "workload-escalation": (
        _secured(allowPrivilegeEscalation=True),
        _container(securityContext={}),
    ),
    "workload-capabilities": (
        _secured(capabilities={}),
        _secured(capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]}),
    ),
    "workload-seccomp": (_secured(seccompProfile={"type": "Unconfined"}),),
    "workload-read-only": (_secured(readOnlyRootFilesystem=False),),
    "workload-host-namespaces": ({**POD, "hostNetwork": True}, {**POD, "hostPID": True}),
    "workload-host-path": ({**POD, "volumes": [{"name": "v", "hostPath": {"path": "/"}}]},),
    "workload-memory-limit": (_container(resources={"requests": {"cpu": "1", "memory": "1Gi"}}),),
    "workload-requests": (_container(resources={"limits": {"memory": "1Gi"}}),),
    "workload-readiness": (_container(readinessProbe=None),),
    "supply-image-tag": (
        _container(image="registry.example/app"),
        _container(image="registry.example:5000/app:latest"),
    ),
    "supply-image-digest": (_container(image="registry.example/app:1.0"),),
    "supply-image-registry": (_container(image="app:1.0"), _container(image="library/app:1.0")),
    "secrets-environment": (_container(env=[{"name": "DB_PASSWORD", "value": "hunter2"}]),),
}
"""Pods that break a rule, by the rule."""


def _made(type: str, pod: Mapping[str, Any]) -> dict[str, Any]:
    """An object of a type that makes such pods."""
    inner: Any = pod
    for key in reversed(PATHS[type]):
        inner = {key: inner}
    return {"metadata": {"name": "it", "namespace": "ours", "labels": LABELS}, **inner}


def _step(pod: Mapping[str, Any]) -> dict[str, Any]:
    """The same as a step of a workflow."""
    step = {"name": "train", "container": pod["containers"][0]}
    return {**{key: pod[key] for key in pod if key != "containers"}, "templates": [step]}


def pod_examples() -> Iterator[Example]:
    """Every rule over pods, for each type."""
    for rule, bad in BAD.items():
        for type in rules()[rule].types:
            if type not in PATHS:
                continue
            for pod in bad:
                yield case(rule, type, _made(type, POD), _made(type, pod))
                if type.endswith("WorkflowTemplate"):
                    yield case(rule, type, _made(type, _step(POD)), _made(type, _step(pod)))
    for type in PATHS:
        good = _made(type, POD)
        for namespace in ({}, {"namespace": "default"}):
            metadata = {"name": "it", "labels": LABELS, **namespace}
            yield case("workload-namespace", type, good, {**good, "metadata": metadata})
        yield case("cost-workload-labels", type, good, {**good, "metadata": {"namespace": "ours"}})
