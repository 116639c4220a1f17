"""Between protobuf structs, as the SDK sends and expects them, and the graph's plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from modelyard.recorder.values import UNKNOWN, Secret, json_kind

ASSET, ARCHIVE = "$asset", "$archive"


def to_plain(struct: struct_pb2.Struct) -> Any:
    """A struct as plain values with sorted keys; secrets masked, unknowns as `${unknown}`.

    An asset becomes `{"$asset": {"path" | "text" | "uri": ...}}`, an archive `{"$archive": ...}`.
    """
    fields = struct.fields
    signature = fields[rpc._special_sig_key].string_value if rpc._special_sig_key in fields else ""
    if not signature:
        return {key: _plain(fields[key]) for key in sorted(fields)}
    if signature == rpc._special_secret_sig:
        return Secret(json_kind(_plain(fields["value"])))
    content = {key: _plain(fields[key]) for key in sorted(fields) if key != rpc._special_sig_key}
    if signature == rpc._special_asset_sig:
        return {ASSET: content}
    if signature == rpc._special_archive_sig:
        return {ARCHIVE: content}
    return content


def _plain(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value == rpc.UNKNOWN else value.string_value
    if kind == "struct_value":
        return to_plain(value.struct_value)
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_plain(item) for item in value.list_value.values]
    return None


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Plain values as a struct."""
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def as_secret(value: struct_pb2.Value) -> struct_pb2.Value:
    """The value marked secret, as a provider marks an output."""
    if value.WhichOneof("kind") == "struct_value" and _is_secret(value.struct_value):
        return value
    marked = struct_pb2.Value()
    fields = marked.struct_value.fields
    fields[rpc._special_sig_key].string_value = rpc._special_secret_sig
    fields["value"].CopyFrom(value)
    return marked


def _is_secret(struct: struct_pb2.Struct) -> bool:
    fields = struct.fields
    return (
        rpc._special_sig_key in fields
        and fields[rpc._special_sig_key].string_value == rpc._special_secret_sig
    )
