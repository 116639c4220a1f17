"""Correct Kubernetes objects of the kinds a platform is made of, by type token."""

from __future__ import annotations

import json
from typing import Any

LABELS = {"app.kubernetes.io/name": "demo"}
POD = {
    "serviceAccountName": "demo",
    "automountServiceAccountToken": False,
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
    "topologySpreadConstraints": [
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": LABELS},
        }
    ],
    "volumes": [
        {"name": "cache", "emptyDir": {"sizeLimit": "10Gi"}},
        {"name": "config", "configMap": {"name": "demo", "defaultMode": 292}},
    ],
    "containers": [
        {
            "name": "main",
            "image": "registry.example/demo@sha256:0",
            "command": ["serve"],
            "args": ["--port", "8000"],
            "env": [
                {"name": "LEVEL", "value": "info"},
                {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "demo", "key": "key"}}},
            ],
            "ports": [{"name": "http", "containerPort": 8000}],
            "resources": {"requests": {"cpu": "1"}, "limits": {"nvidia.com/gpu": "1"}},
            "readinessProbe": {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 5},
            "livenessProbe": {"httpGet": {"path": "/health", "port": 8000}},
            "securityContext": {"capabilities": {"drop": ["ALL"]}, "privileged": False},
            "volumeMounts": [{"name": "cache", "mountPath": "/cache", "readOnly": False}],
        }
    ],
}
TEMPLATE = {"metadata": {"labels": LABELS, "annotations": {"a/b": "c"}}, "spec": POD}
ONCE = {"template": {"spec": {**POD, "restartPolicy": "Never"}}, "backoffLimit": 2}
CLAIM = {
    "accessModes": ["ReadWriteOnce"],
    "storageClassName": "fast",
    "resources": {"requests": {"storage": "10Gi"}},
}


def _object(version: str, kind: str, **content: Any) -> tuple[str, dict[str, Any]]:
    group = version if "/" in version else f"core/{version}"
    metadata = {"name": "demo", "labels": LABELS}
    body = {"apiVersion": version, "kind": kind, "metadata": metadata, **content}
    # Through JSON, so that no two objects share a part that a test may spoil.
    return f"kubernetes:{group}:{kind}", json.loads(json.dumps(body))


_RULE = {"apiGroups": ["serving.kserve.io"], "resources": ["inferenceservices"], "verbs": ["get"]}
_ROLE = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "demo"}
_SUBJECTS = [
    {"kind": "Group", "name": "ml", "apiGroup": "rbac.authorization.k8s.io"},
    {"kind": "ServiceAccount", "name": "demo", "namespace": "demo"},
]
_SCALE = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "demo"}
_CPU = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
_MATCHED = {**_RULE, "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"]}
del _MATCHED["verbs"]

OBJECTS = dict(
    [
        _object("v1", "Namespace"),
        _object("v1", "ServiceAccount", automountServiceAccountToken=False),
        _object("v1", "ConfigMap", data={"a": "b"}, immutable=True),
        _object("v1", "Secret", type="Opaque", stringData={"key": "value"}),
        _object(
            "v1",
            "Service",
            spec={
                "type": "ClusterIP",
                "selector": LABELS,
                "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}],
            },
        ),
        _object("v1", "PersistentVolumeClaim", spec=CLAIM),
        _object("v1", "ResourceQuota", spec={"hard": {"requests.nvidia.com/gpu": "8"}}),
        _object(
            "apps/v1",
            "Deployment",
            spec={
                "replicas": 2,
                "selector": {"matchLabels": LABELS},
                "strategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0},
                },
                "template": TEMPLATE,
            },
        ),
        _object(
            "apps/v1",
            "StatefulSet",
            spec={
                "serviceName": "demo",
                "selector": {"matchLabels": LABELS},
                "template": TEMPLATE,
                "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": CLAIM}],
            },
        ),
        _object(
            "apps/v1",
            "DaemonSet",
            spec={"selector": {"matchLabels": LABELS}, "template": TEMPLATE},
        ),
        _object("batch/v1", "Job", spec={**ONCE, "ttlSecondsAfterFinished": 3600}),
        _object(
            "batch/v1",
            "CronJob",
            spec={
                "schedule": "0 * * * *",
                "concurrencyPolicy": "Forbid",
                "jobTemplate": {"spec": ONCE},
            },
        ),
        _object(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            spec={
                "podSelector": {},
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 8000}]}],
                "egress": [
                    {
                        "to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}],
                        "ports": [{"port": "dns", "protocol": "UDP"}],
                    }
                ],
            },
        ),
        _object("rbac.authorization.k8s.io/v1", "Role", rules=[_RULE]),
        _object("rbac.authorization.k8s.io/v1", "ClusterRole", rules=[_RULE]),
        _object("rbac.authorization.k8s.io/v1", "RoleBinding", roleRef=_ROLE, subjects=_SUBJECTS),
        _object(
            "rbac.authorization.k8s.io/v1",
            "ClusterRoleBinding",
            roleRef={**_ROLE, "kind": "ClusterRole"},
            subjects=_SUBJECTS,
        ),
        _object(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            spec={
                "scaleTargetRef": _SCALE,
                "minReplicas": 1,
                "maxReplicas": 4,
                "metrics": [{"type": "Resource", "resource": _CPU}],
            },
        ),
        _object(
            "policy/v1",
            "PodDisruptionBudget",
            spec={"maxUnavailable": "50%", "selector": {"matchLabels": LABELS}},
        ),
        _object(
            "scheduling.k8s.io/v1",
            "PriorityClass",
            value=1000,
            globalDefault=False,
            description="Realtime serving.",
        ),
        _object(
            "admissionregistration.k8s.io/v1",
            "ValidatingAdmissionPolicy",
            spec={
                "failurePolicy": "Fail",
                "matchConstraints": {"resourceRules": [_MATCHED]},
                "validations": [{"expression": "has(object.metadata.labels)", "message": "tags"}],
            },
        ),
        _object(
            "admissionregistration.k8s.io/v1",
            "ValidatingAdmissionPolicyBinding",
            spec={
                "policyName": "demo",
                "validationActions": ["Deny"],
                "matchResources": {"namespaceSelector": {"matchLabels": LABELS}},
            },
        ),
    ]
)

RELEASE = {
    "name": "demo",
    "namespace": "demo",
    "chart": "oci://registry.example/charts/demo",
    "version": "1.2.3",
    "atomic": True,
    "timeout": 600,
    "skipAwait": False,
    "repositoryOpts": {"repo": "https://charts.example"},
    "values": {"replicas": 2, "nested": {"list": [1, "two", None]}},
}
