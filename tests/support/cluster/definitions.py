"""The operators' CustomResourceDefinitions, put into the cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from tests.support.cluster.api import Api
from tests.support.cluster.waiting import until

CRD = "CustomResourceDefinition"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SERVED = 120.0


def define(api: Api, folder: Path) -> int:
    """Apply every definition of a folder and wait until all are served; says how many kinds."""
    kinds = set()
    for definition in _definitions(folder):
        api.create(definition)
        kinds |= _kinds(definition["spec"])
    if not until(lambda: not _unserved(api, kinds), _SERVED):
        raise RuntimeError(f"never served: {sorted(_unserved(api, kinds))}")
    return len(kinds)


def _unserved(api: Api, kinds: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(version, kind) for version, kind in kinds if kind not in api.kinds_of(version)}


def _definitions(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.yaml")):
        for item in yaml.load_all(file.read_text(encoding="utf-8"), Loader=_LOADER):
            if item and item["kind"] == CRD:
                # Versions are converted by the operator's own webhook, and no operator runs here.
                item["spec"].pop("conversion", None)
                item.pop("status", None)
                yield _without_prose(item)


def _without_prose(value: Any) -> Any:
    """Without the descriptions of properties: nine tenths of the text, and nothing is held to it.

    A property may itself be called `description`; that one is a schema, no text.
    """
    if isinstance(value, dict):
        return {
            key: _without_prose(item)
            for key, item in value.items()
            if key != "description" or not isinstance(item, str)
        }
    return [_without_prose(item) for item in value] if isinstance(value, list) else value


def _kinds(spec: Mapping[str, Any]) -> set[tuple[str, str]]:
    """API version and kind of all that a definition brings."""
    return {
        (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
        for version in spec["versions"]
        if version["served"]
    }
