"""What is left of a platform, looked for in everything that the API server keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.support.cluster.api import Api

PART_OF = "app.kubernetes.io/part-of"
_AT_A_TIME = 8


def remains(api: Api, platform: str, namespaces: Iterable[str]) -> list[str]:
    """What bears the platform's label, stands in its namespaces, or was claimed from them."""
    places = set(namespaces)
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        listed = pool.map(lambda kind: api.list(*kind), sorted(set(api.kinds())))
        return sorted(
            _named(item)
            for items in listed
            for item in items
            if platform in _labels(item) or places & set(_places(item))
        )


def _labels(item: dict[str, Any]) -> Iterator[str]:
    labels = item["metadata"].get("labels") or {}
    if PART_OF in labels:
        yield labels[PART_OF]


def _places(item: dict[str, Any]) -> Iterator[str]:
    """Namespaces that an object has to do with: its own, or that of a volume's claim."""
    metadata = item["metadata"]
    yield metadata["name"] if item["kind"] == "Namespace" else metadata.get("namespace") or ""
    yield ((item.get("spec") or {}).get("claimRef") or {}).get("namespace") or ""


def _named(item: dict[str, Any]) -> str:
    metadata = item["metadata"]
    return f"{item['kind']} {metadata.get('namespace') or ''}/{metadata['name']}"
