"""Property values as the graph keeps them: plain JSON, with two things that are not plain.

- A secret is a `Secret`: its JSON type, never its value.
- What is known only after deployment is the text `${<resource>.<property>}`, or `${unknown}` when
  it cannot be traced to one property.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

UNKNOWN = "${unknown}"
_SYMBOLIC = re.compile(r"\$\{[^{}]+\}")


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A masked secret. `kind` is its JSON type: string, number, boolean, array, object, null."""

    kind: str = "string"

    def __repr__(self) -> str:
        return "[secret]"


def symbol(resource: str, *path: str) -> str:
    """`${resource.a.b}`: the property `a.b` of a resource that is not deployed yet."""
    return f"${{{'.'.join((resource, *path))}}}"


def is_symbolic(value: object) -> bool:
    """Is this value wholly a symbol, so that its real type is not known yet?"""
    return isinstance(value, str) and _SYMBOLIC.fullmatch(value) is not None


def json_kind(value: Any) -> str:
    """The name of a plain value's JSON type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, (list, tuple)) else "object"


def plain(value: Any) -> Any:
    """The value as JSON can carry it: each `Secret` becomes the text `[secret]`."""
    if isinstance(value, Secret):
        return repr(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
