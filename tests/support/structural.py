"""Turns a CRD's structural schema into a JSON schema (draft 4) that refuses unknown fields."""

from __future__ import annotations

import re
from typing import Any

_OBJECT = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a whole custom object. Its metadata is left open: every kind shares one."""
    result = _closed(schema)
    result.setdefault("properties", {}).update({**_OBJECT, "metadata": {"type": "object"}})
    result["required"] = sorted({*result.get("required", []), *_OBJECT, "metadata"})
    result["additionalProperties"] = False
    return result


def _closed(node: dict[str, Any]) -> dict[str, Any]:
    """Close one node; what stands inside anyOf, oneOf, allOf and not only narrows values."""
    result = _usable(node)
    if "properties" in node:
        result["properties"] = {key: _closed(item) for key, item in node["properties"].items()}
    if isinstance(node.get("items"), dict):
        result["items"] = _closed(node["items"])
    if isinstance(node.get("additionalProperties"), dict):
        result["additionalProperties"] = _closed(node["additionalProperties"])
    if node.get("x-kubernetes-embedded-resource"):
        result.setdefault("properties", {}).update({**_OBJECT, "metadata": {"type": "object"}})
    if _prunes(node):
        result["additionalProperties"] = False
    if node.get("x-kubernetes-int-or-string"):
        result.setdefault("anyOf", [{"type": "integer"}, {"type": "string"}])
    if node.get("nullable") and "type" in node:
        result["type"] = [node["type"], "null"]
        if "enum" in node:
            result["enum"] = [*node["enum"], None]
    return result


def _prunes(node: dict[str, Any]) -> bool:
    """Would an API server drop fields that are not declared here?"""
    is_object = node.get("type") == "object" or "properties" in node
    is_open = node.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in node
    return is_object and not is_open


def _usable(node: dict[str, Any]) -> dict[str, Any]:
    """The node without descriptions, and without patterns that only Go's engine reads."""
    drop = {"description", "default", "example"}
    if "pattern" in node and not _compiles(node["pattern"]):
        drop.add("pattern")
    return {key: value for key, value in node.items() if key not in drop}


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
