"""What a provider answers inside of an object that it was given, such as the address of an endpoint
whose settings are inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct
from pulumi import _types
from pulumi.runtime import rpc

from modelyard.recorder.outputs import Answers
from modelyard.recorder.sdk import members

ANSWERS = Answers(update=True, depth=5)
"""As deep as any program reads; nobody tells the providers' process what one does."""


def complete(given: Struct, hints: Mapping[str, Any], name: str, *path: str, known: bool) -> None:
    """Add the texts that its objects miss, down from these types; in a preview they are unknown."""
    for key, hint in hints.items():
        kind = next(members(hint), None)
        if key in given.fields and isinstance(kind, type) and _types.is_output_type(kind):
            inside, inner = given.fields[key].struct_value, _types.output_type_types(kind)
            complete(inside, inner, name, *path, key, known=known)
        elif path and kind is str and key not in given.fields:
            given.update({key: ANSWERS.text(name, *path, key) if known else rpc.UNKNOWN})
