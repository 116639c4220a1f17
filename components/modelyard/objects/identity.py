"""What an object of a cluster is called: by Pulumi's provider, and by people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RELEASE = "kubernetes:helm.sh/v3:Release"


def object_id(token: str, inputs: Mapping[str, Any]) -> str | None:
    """The id that an object or a Helm release has or is to have; None for any other resource.

    Source: `fqName` of pulumi-kubernetes 4.32, and the ids of its releases.
    """
    if not token.startswith("kubernetes:"):
        return None
    named = inputs if token == RELEASE else inputs.get("metadata", {})
    name, namespace = named.get("name"), named.get("namespace")
    return "/".join(part for part in (namespace, name) if part) if name else None


def called(manifest: Mapping[str, Any]) -> str:
    """An object as people know it: `Deployment acme-production/scorer`."""
    metadata = manifest["metadata"]
    parts = (metadata.get("namespace"), metadata["name"])
    return f"{manifest['kind']} {'/'.join(part for part in parts if part)}"
