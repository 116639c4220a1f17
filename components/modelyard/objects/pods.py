"""Pods that the restricted Pod Security standard lets in, and that are told when to stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modelyard.contracts.endpoint import Environment, SecretKey
from modelyard.contracts.gpu_pool import Scheduling
from modelyard.plan.tags import DOMAIN

if TYPE_CHECKING:
    from pulumi import Input

USER = 10001
"""User and group that containers run as; images in the catalog allow any."""

DIGEST = f"{DOMAIN}/config"
"""Annotation with a digest of settings: pods that bear it start anew with other ones."""

API_CLIENT = {f"{DOMAIN}/api-client": "true"}
"""Label of pods that may reach the Kubernetes API through the network."""


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What a container asks for, as Kubernetes quantities. Memory is also its limit."""

    cpu: str
    memory: str
    extended: Mapping[str, str] = field(default_factory=dict)
    """Devices, the same in requests and limits: `{nvidia.com/gpu: "1"}`."""

    def manifest(self) -> Mapping[str, Any]:
        """No CPU limit: throttling hurts latency and protects nobody from a CPU request."""
        requests = {"cpu": self.cpu, "memory": self.memory, **self.extended}
        return {"requests": requests, "limits": {"memory": self.memory, **self.extended}}


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container with a read-only root, no privileges, and a reason for each exception."""

    name: str
    image: str
    resources: Resources
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    environment: Environment = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    """By name, such as `{http: 8000}`."""
    health: str | int | Sequence[str] | None = None
    """Path that answers 200 on the first port when the container can serve, a port that accepts
    connections then, or a command."""
    startup: int = 60
    """Seconds that the container may take until it is healthy for the first time."""
    writable: Sequence[str] = ("/tmp",)
    """Paths that become empty volumes."""
    mounts: Mapping[str, str] = field(default_factory=dict)
    """Volumes of the pod by the path they are mounted at; `NAME:sub/path` for one file."""
    drain: int = 0
    """Seconds that it goes on serving once told to stop, while callers are sent elsewhere."""

    def manifest(self) -> Mapping[str, Any]:
        spec: dict[str, Any] = {
            "name": self.name,
            "image": self.image,
            "resources": self.resources.manifest(),
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "volumeMounts": [*self._mounts(), *self._scratch_mounts()],
        }
        optional = {
            "command": list(self.command),
            "args": list(self.args),
            "env": environment(self.environment),
            "ports": [{"name": n, "containerPort": p} for n, p in self.ports.items()],
            "lifecycle": {"preStop": {"sleep": {"seconds": self.drain}}} if self.drain else None,
        }
        return spec | {key: value for key, value in optional.items() if value} | self._probes()

    def _probes(self) -> dict[str, Any]:
        if self.health is None:
            return {}
        probe = self._probe()
        return {
            "startupProbe": {
                **probe,
                "periodSeconds": 5,
                "failureThreshold": max(1, self.startup // 5),
            },
            "readinessProbe": {**probe, "periodSeconds": 5, "timeoutSeconds": 3},
            "livenessProbe": {
                **probe,
                "periodSeconds": 15,
                "timeoutSeconds": 5,
                "failureThreshold": 4,
            },
        }

    def _probe(self) -> dict[str, Any]:
        if isinstance(self.health, str):
            return {"httpGet": {"path": self.health, "port": next(iter(self.ports))}}
        if isinstance(self.health, int):
            return {"tcpSocket": {"port": self.health}}
        return {"exec": {"command": list(self.health or ())}}

    def _mounts(self) -> list[Mapping[str, Any]]:
        mounts = []
        for path, volume in self.mounts.items():
            name, _, sub_path = volume.partition(":")
            extra = {"subPath": sub_path} if sub_path else {}
            mounts.append({"name": name, "mountPath": path, **extra})
        return mounts

    def _scratch_mounts(self) -> list[Mapping[str, Any]]:
        return [{"name": scratch_name(self, path), "mountPath": path} for path in self.writable]


IDENTITY = "/var/run/secrets/modelyard"
"""Where a pod's own token is mounted, as the file `token`."""


def identity_token(audience: str) -> Mapping[str, Any]:
    """A volume with a token of the pod's service account that only the audience accepts.

    It lasts an hour, and the kubelet renews it; the API server does not take it.
    """
    token = {"audience": audience, "expirationSeconds": 3600, "path": "token"}
    return {"projected": {"sources": [{"serviceAccountToken": token}]}}


def scratch_name(container: Container, path: str) -> str:
    """Name of the empty volume behind a writable path."""
    return f"{container.name}-{path.strip('/').replace('/', '-').replace('.', '')}".lower()[:63]


def environment(values: Environment) -> list[Mapping[str, Any]]:
    """Environment variables, sorted; secret ones by reference."""
    return [{"name": name, **_value(values[name])} for name in sorted(values)]


def _value(value: Input[str] | SecretKey) -> Mapping[str, Any]:
    if isinstance(value, SecretKey):
        return {"valueFrom": {"secretKeyRef": {"name": value.secret, "key": value.key}}}
    return {"value": value}


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod: containers in order, volumes by name, and where it may run."""

    containers: Sequence[Container]
    service_account: str
    init: Sequence[Container] = ()
    volumes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By name, each as the API has it without the name: `{emptyDir: {}}`."""
    scheduling: Scheduling = field(default_factory=Scheduling)
    user: int = USER
    grace: int = 30
    """Seconds between the signal to stop and the end."""
    restart: str | None = None
    """`Never` or `OnFailure` for a job."""
    api_token: bool = False
    """Whether the pod talks to the Kubernetes API."""
    spread: Mapping[str, str] | None = None
    """Labels of the pods to keep apart, over nodes and zones."""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)

    def template(self) -> Mapping[str, Any]:
        """The pod template of a Deployment, StatefulSet, DaemonSet or Job."""
        api = API_CLIENT if self.api_token else {}
        metadata: dict[str, Any] = {"labels": {**self.labels, **api}}
        if self.annotations:
            metadata["annotations"] = dict(self.annotations)
        return {"metadata": metadata, "spec": self.spec()}

    def spec(self) -> Mapping[str, Any]:
        spec: dict[str, Any] = {
            "serviceAccountName": self.service_account,
            "automountServiceAccountToken": self.api_token,
            # A Service called `vllm` or `mlflow` would set VLLM_PORT or MLFLOW_PORT to its own URL.
            "enableServiceLinks": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": self.user,
                "runAsGroup": self.user,
                "fsGroup": self.user,
                # Without it every start of a pod walks its whole volume to change owners.
                "fsGroupChangePolicy": "OnRootMismatch",
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "terminationGracePeriodSeconds": self.grace,
            "containers": [container.manifest() for container in self.containers],
            "volumes": self._volumes(),
        }
        optional = {
            "initContainers": [container.manifest() for container in self.init],
            "restartPolicy": self.restart,
            "nodeSelector": dict(self.scheduling.node_selector),
            "tolerations": [dict(toleration) for toleration in self.scheduling.tolerations],
            "topologySpreadConstraints": self._spread(),
        }
        return spec | {key: value for key, value in optional.items() if value}

    def _volumes(self) -> list[Mapping[str, Any]]:
        scratch = [
            {"name": scratch_name(container, path), "emptyDir": {}}
            for container in (*self.init, *self.containers)
            for path in container.writable
        ]
        return [*({"name": name, **spec} for name, spec in self.volumes.items()), *scratch]

    def _spread(self) -> list[Mapping[str, Any]]:
        """Apart if it can be had: a cluster with one node still runs everything."""
        return [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": dict(self.spread)},
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
            if self.spread
        ]
