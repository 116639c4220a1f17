"""Single components for a Pulumi program of one's own: `from modelyard.kubernetes import …`.

Each takes the `Args` of its contract (`modelyard.contracts`) and is imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelyard.sites.kubernetes.cluster import AttachedCluster
    from modelyard.sites.kubernetes.identity import Namespaces
    from modelyard.sites.kubernetes.network import DefaultDeny
    from modelyard.sites.kubernetes.secrets import NativeSecrets
    from modelyard.workloads.feast import FeatureStore
    from modelyard.workloads.governance import AdmissionPolicies
    from modelyard.workloads.mlflow import MlflowServer
    from modelyard.workloads.serving.model_server import ModelServer

__all__ = [
    "AdmissionPolicies",
    "AttachedCluster",
    "DefaultDeny",
    "FeatureStore",
    "MlflowServer",
    "ModelServer",
    "Namespaces",
    "NativeSecrets",
]

_MODULES = {
    "AdmissionPolicies": "workloads.governance",
    "AttachedCluster": "sites.kubernetes.cluster",
    "DefaultDeny": "sites.kubernetes.network",
    "FeatureStore": "workloads.feast",
    "MlflowServer": "workloads.mlflow",
    "ModelServer": "workloads.serving.model_server",
    "Namespaces": "sites.kubernetes.identity",
    "NativeSecrets": "sites.kubernetes.secrets",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"modelyard.{_MODULES[name]}"), name)
