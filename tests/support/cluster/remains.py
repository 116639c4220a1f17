"""What is left of a platform, looked for in everything that the API server keeps."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.support.cluster.api import Api

PART_OF = "app.kubernetes.io/part-of"
_AT_A_TIME = 8


def remains(api: Api, platform: str, namespaces: Iterable[str]) -> list[str]:
    """What bears the platform's label, stands in its namespaces, or was claimed from them."""
    places = set(namespaces)
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        listed = pool.map(lambda kind: api.heads(*kind), sorted(set(api.kinds())))
        found = {
            _named(item)
            for items in listed
            for item in items
            if (item["metadata"].get("labels") or {}).get(PART_OF) == platform
            or _place(item) in places
        }
    return sorted(found | {_named(v) for v in _volumes(api) if _claimed_from(v) in places})


def _volumes(api: Api) -> list[dict[str, Any]]:
    return api.list("v1", "PersistentVolume")


def _claimed_from(volume: dict[str, Any]) -> str:
    return (volume["spec"].get("claimRef") or {}).get("namespace") or ""


def _place(item: dict[str, Any]) -> str:
    """The namespace that an object is in, or that it is."""
    metadata = item["metadata"]
    return metadata["name"] if item["kind"] == "Namespace" else metadata.get("namespace") or ""


def _named(item: dict[str, Any]) -> str:
    metadata = item["metadata"]
    return f"{item['kind']} {metadata.get('namespace') or ''}/{metadata['name']}"
