"""Helm releases, as Helm keeps them: in Secrets of the release's namespace."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

from modelyard.sites.kubernetes.cluster_api import ClusterApi


def deviation(api: ClusterApi, inputs: Mapping[str, Any]) -> tuple[str, str] | None:
    """`missing`, `not ready` or `drifted`, and why; None for a release that is as planned."""
    name, namespace = inputs["name"], inputs["namespace"]
    found = api.list("v1", "Secret", namespace, label_selector=f"owner=helm,name={name}")
    if not found:
        return "missing", f"Helm knows no release {name} in namespace {namespace}"
    newest = max(found, key=lambda secret: int(secret["metadata"]["labels"]["version"]))
    status = newest["metadata"]["labels"]["status"]
    if status != "deployed":
        return "not ready", f"its status is {status}; `helm -n {namespace} status {name}` says more"
    version = _version(newest["data"]["release"])
    if version != inputs["version"]:
        return "drifted", f"chart version {version}, planned is {inputs['version']}"
    return None


def _version(payload: str) -> str:
    """The chart's version in a release: JSON, zipped, encoded by Helm and once more by the API."""
    release = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(payload))))
    return release["chart"]["metadata"]["version"]
