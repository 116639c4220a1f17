"""Simulated nodes, of the kinds that blueprints speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

GPU_TAINT = "nvidia.com/gpu"


@dataclass(frozen=True)
class Node:
    """A machine that is not there. `resources` beside CPU and memory: GPUs and slices of them."""

    name: str
    zone: str
    cpu: int = 64
    memory: str = "256Gi"
    labels: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)
    taint: str | None = None

    def manifest(self) -> dict[str, Any]:
        labels = {
            "kubernetes.io/hostname": self.name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "topology.kubernetes.io/zone": self.zone,
            "topology.kubernetes.io/region": self.zone.rpartition("-")[0],
            **self.labels,
        }
        taints = [{"key": self.taint, "value": "true", "effect": "NoSchedule"}]
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.name, "labels": labels},
            "spec": {"taints": taints} if self.taint else {},
        }

    def status(self) -> dict[str, Any]:
        has = {
            "cpu": str(self.cpu),
            "memory": self.memory,
            "pods": "250",
            "ephemeral-storage": "2Ti",
            **self.resources,
        }
        info = dict.fromkeys(
            (
                *("bootID", "machineID", "systemUUID", "osImage", "kernelVersion"),
                *("containerRuntimeVersion", "kubeletVersion", "kubeProxyVersion"),
            ),
            "simulated",
        )
        info |= {"architecture": "amd64", "operatingSystem": "linux"}
        return {"capacity": has, "allocatable": has, "nodeInfo": info}


def zone(number: int) -> str:
    """One of three zones of a region."""
    return f"simulated-{'abc'[number % 3]}"
