"""What a resource answers before it exists.

Inputs come back as they went in. A Kubernetes object has its `metadata.name` as well, and what its
controller notes on it while Pulumi waits. Of other
resources, the outputs that the SDK's types promise are filled in: in a preview texts become
symbols (`${database.endpoint}`) and the rest stays unknown; in an update everything gets a
placeholder, so that what is computed from it runs too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, get_args, get_origin

from google.protobuf import struct_pb2
from pulumi import _types
from pulumi.runtime import rpc

from modelyard.objects.cloud import outputs_read
from modelyard.objects.objects import notes
from modelyard.recorder.sdk import members, output_types
from modelyard.recorder.values import symbol
from modelyard.recorder.wire import as_secret

_DEPTH = 3
_PLACEHOLDER = {bool: False, int: 1, float: 1.0}


class Answers:
    """Makes ids and outputs; `update` says whether to name things as if they existed, `depth` how
    far the SDK's types are filled.
    """

    def __init__(self, *, update: bool, depth: int = _DEPTH) -> None:
        self._update, self._depth = update, depth

    def id(self, name: str) -> str:
        """The resource's id: `NAME-id`, or `${NAME.id}` in a preview."""
        return self.text(name, "id")

    def text(self, name: str, *path: str) -> str:
        """A text output: `NAME-a.b`, or `${NAME.a.b}` in a preview."""
        return f"{name}-{'.'.join(path)}" if self._update else symbol(name, *path)

    def outputs(
        self, token: str, name: str, inputs: struct_pb2.Struct, secret: Sequence[str]
    ) -> struct_pb2.Struct:
        """The outputs of a resource; those named in `secret` are marked so."""
        if is_manifest(token):
            return self._manifest(name, inputs)
        filled = struct_pb2.Struct()
        filled.CopyFrom(inputs)
        # What the program reads goes as deep as it reads; the SDK's types are filled less far.
        hints = {**output_types(token), **outputs_read(token)}
        missing = {key: hint for key, hint in hints.items() if key not in inputs}
        promised = {key: self._fill(hint, name, key) for key, hint in missing.items()}
        filled.update({key: value for key, value in promised.items() if value is not None})
        for key, shape in outputs_read(token).items():
            if key in inputs:
                self._complete(filled.fields[key], shape, name, key)
        for key in secret:
            if key in filled.fields:
                filled.fields[key].CopyFrom(as_secret(filled.fields[key]))
        return filled

    def _complete(self, given: struct_pb2.Value, shape: Any, name: str, *path: str) -> None:
        """Adds what somebody reads inside an input: a provider answers some keys beside it."""
        if not isinstance(shape, dict) or not given.HasField("struct_value"):
            return
        fields = given.struct_value.fields
        for key, inner in shape.items():
            if key in fields:
                self._complete(fields[key], inner, name, *path, key)
            else:
                given.struct_value.update({key: self._fill(inner, name, *path, key)})

    def _manifest(self, name: str, inputs: struct_pb2.Struct) -> struct_pb2.Struct:
        seen = struct_pb2.Struct()
        seen.CopyFrom(inputs)
        metadata = seen.fields["metadata"].struct_value
        if "name" not in metadata.fields:
            auto = name if self._update else symbol(name, "metadata", "name")
            metadata.fields["name"].string_value = auto
        self.note(seen, name)
        return seen

    def note(self, seen: struct_pb2.Struct, name: str) -> None:
        """Add to an object what a controller notes on it while Pulumi waits for that."""
        metadata = seen.fields["metadata"].struct_value
        if "annotations" not in metadata.fields:
            return
        annotations = metadata.fields["annotations"].struct_value
        known = {key: value.string_value for key, value in annotations.fields.items()}
        for note in notes(known):
            annotations.update({note: self.text(name, "metadata", "annotations", note)})

    def _fill(self, hint: Any, name: str, *path: str) -> Any:
        """A value of this type; where there is none, unknown in a preview and None in an update."""
        if isinstance(hint, list):
            return [self._fill(item, name, *path, str(n)) for n, item in enumerate(hint)]
        if isinstance(hint, dict):
            return {key: self._fill(inner, name, *path, key) for key, inner in hint.items()}
        kind = next(members(hint), None)
        if kind is str:
            return self.text(name, *path)
        if self._update and isinstance(kind, type) and kind in _PLACEHOLDER:
            return _PLACEHOLDER[kind]
        if len(path) <= self._depth and get_origin(kind) in (list, Sequence) and get_args(kind):
            item = self._fill(get_args(kind)[0], name, *path, "0")
            return item if item in (None, rpc.UNKNOWN) else [item]
        if len(path) <= self._depth and isinstance(kind, type) and _types.is_output_type(kind):
            return self._fill_object(kind, name, *path)
        return None if self._update else rpc.UNKNOWN

    def _fill_object(self, kind: type, name: str, *path: str) -> dict[str, Any]:
        properties = _types.output_type_types(kind).items()
        filled = {key: self._fill(hint, name, *path, key) for key, hint in properties}
        return {key: value for key, value in filled.items() if value is not None}


@cache
def is_manifest(token: str) -> bool:
    """Is this a Kubernetes object, of an API group or of a custom one, rather than a Release?"""
    package, _, rest = token.partition(":")
    return package == "kubernetes" and "/" in rest and not rest.startswith("helm.sh/")
