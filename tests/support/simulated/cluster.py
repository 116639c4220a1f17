"""A Kubernetes cluster as a provider meets it, and what that provider is told about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.simulated.values import bare

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
"""In every cluster from the beginning."""


@dataclass(frozen=True)
class Cluster:
    """One cluster, known by the provider's own name for it, and the switches of that provider.

    Source of the switches: `Configure` in provider/pkg/provider/provider.go of pulumi-kubernetes.
    """

    place: str = ""
    upserts: bool = False
    mutable_config_maps: bool = False
    mutable_secrets: bool = False

    @classmethod
    def configured(cls, settings: Mapping[str, Any]) -> Cluster:
        known = bare(settings)
        named = (known.get(key) for key in ("clusterIdentifier", "context", "kubeconfig"))
        return cls(
            next((str(name) for name in named if name), "default"),
            _on(known.get("upsertExistingObjects")),
            _on(known.get("enableConfigMapMutable")),
            _on(known.get("enableSecretMutable")),
        )

    def mutable(self, type: str) -> bool:
        """May the content of such an object change?"""
        return self.mutable_secrets if type.endswith(":Secret") else self.mutable_config_maps


def _on(value: object) -> bool:
    """Providers get every setting as text."""
    return value in (True, "true")
