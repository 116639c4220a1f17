"""The restricted Pod Security standard, as the admission controller reads it.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards, Kubernetes 1.36.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
HOST = ("hostNetwork", "hostPID", "hostIPC")


def pod_specs(manifest: Any) -> Iterator[Mapping[str, Any]]:
    """Every pod in an object, whatever makes it."""
    if isinstance(manifest, dict):
        if any(_runs(container) for container in manifest.get("containers", [])):
            yield manifest
        if "modelFormat" in (manifest.get("model") or {}):  # KServe makes a container of it
            yield {**manifest, "containers": [{"name": "model", **manifest["model"]}]}
        for value in manifest.values():
            yield from pod_specs(value)
    elif isinstance(manifest, list):
        for value in manifest:
            yield from pod_specs(value)


def _runs(container: Any) -> bool:
    return isinstance(container, dict) and ("image" in container or "resources" in container)


def breaches(pod: Mapping[str, Any]) -> list[str]:
    """What the restricted standard forbids in a pod."""
    found = [f"{key} is set" for key in HOST if pod.get(key)]
    found += [
        f"volume {volume['name']}: {kind}"
        for volume in pod.get("volumes", [])
        for kind in volume.keys() - {"name"}
        if kind not in VOLUMES
    ]
    for key in CONTAINERS:
        for container in pod.get(key, []):
            found += [f"{container['name']}: {what}" for what in _container(pod, container)]
    return found


def _container(pod: Mapping[str, Any], container: Mapping[str, Any]) -> Iterator[str]:
    own, shared = container.get("securityContext", {}), pod.get("securityContext", {})
    if own.get("allowPrivilegeEscalation") is not False:
        yield "may escalate privileges"
    if own.get("privileged"):
        yield "is privileged"
    capabilities = own.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []):
        yield "keeps capabilities"
    if set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        yield "adds capabilities"
    if own.get("runAsNonRoot", shared.get("runAsNonRoot")) is not True:
        yield "may run as root"
    if own.get("runAsUser", shared.get("runAsUser")) == 0:
        yield "runs as root"
    profile = own.get("seccompProfile", shared.get("seccompProfile", {}))
    if profile.get("type") not in ("RuntimeDefault", "Localhost"):
        yield "has no seccomp profile"
    if any(port.get("hostPort") for port in container.get("ports", [])):
        yield "takes a port of the node"
