"""Property values on the wire and as plain ones; a secret stays marked on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value
from pulumi.runtime import rpc

KEY, SECRET = rpc._special_sig_key, rpc._special_secret_sig


@dataclass(frozen=True)
class Secret:
    """A value that the engine is to encrypt wherever it keeps or shows it."""

    value: Any


def decoded(struct: Struct) -> dict[str, Any]:
    """A resource's properties."""
    return {key: _decoded(value) for key, value in struct.fields.items()}


def _decoded(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        if KEY in fields and fields[KEY].string_value == SECRET:
            return Secret(_decoded(fields["value"]))
        return decoded(value.struct_value)
    if kind == "list_value":
        return [_decoded(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return None if kind in (None, "null_value") else getattr(value, kind)


def encoded(properties: Mapping[str, Any]) -> Struct:
    """Properties for the wire."""
    struct = Struct()
    struct.update({key: _encoded(value) for key, value in properties.items()})
    return struct


def _encoded(value: Any) -> Any:
    if isinstance(value, Secret):
        return {KEY: SECRET, "value": _encoded(value.value)}
    if isinstance(value, Mapping):
        return {key: _encoded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    return value


def bare(value: Any) -> Any:
    """The value without its marks: what a cloud is given."""
    if isinstance(value, Secret):
        return bare(value.value)
    if isinstance(value, Mapping):
        return {key: bare(item) for key, item in value.items()}
    if isinstance(value, list):
        return [bare(item) for item in value]
    return value


def holds_secret(value: Any) -> bool:
    """Is this, or anything in it, marked?"""
    if isinstance(value, Secret):
        return True
    items = value.values() if isinstance(value, Mapping) else value
    return isinstance(value, (Mapping, list)) and any(map(holds_secret, items))


def marked_like(value: Any, pattern: Any) -> Any:
    """The value marked where the pattern is: of objects key by key, of all else as a whole.

    Source: `annotateSecrets` of pulumi-kubernetes 4.32, provider/pkg/provider/provider.go.
    """
    if isinstance(value, Mapping) and isinstance(pattern, Mapping):
        return {key: marked_like(item, pattern.get(key)) for key, item in value.items()}
    if holds_secret(pattern) and not isinstance(value, Secret):
        return Secret(bare(value))
    return value


def text(struct: Struct, *path: str) -> str:
    """The text at a path, or nothing. (To ask a struct for a missing key is to make it.)"""
    for key in path[:-1]:
        if key not in struct.fields:
            return ""
        struct = struct.fields[key].struct_value
    return struct.fields[path[-1]].string_value if path[-1] in struct.fields else ""
