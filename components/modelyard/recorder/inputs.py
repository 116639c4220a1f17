"""Checks recorded inputs against the provider SDKs' own types, which the SDKs never do themselves.

Found are unknown names (with the nearest known one), missing required properties and values of
the wrong type, at any depth. Not checked: values still unknown, what the SDK types as `Any`
(such as Helm values), and the kinds of Kubernetes API groups that the SDK does not have.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import pulumi
from pulumi import _types

from modelyard.recorder.graph import Graph, Resource
from modelyard.recorder.sdk import (
    PROVIDERS,
    args_class,
    declared,
    load_sdk,
    members,
    resource_class,
    sdk_module,
)
from modelyard.recorder.values import Secret, is_symbolic, json_kind
from modelyard.recorder.wire import ARCHIVE, ASSET

_KINDS = {str: "string", bool: "boolean", int: "integer", float: "number"}
_BLOBS = (pulumi.Asset, pulumi.Archive)


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake in a resource's inputs. `path` is dotted, with wire names; empty for the whole."""

    urn: str
    path: str
    message: str
    source: str | None = None

    def __str__(self) -> str:
        place = f" ({self.source})" if self.source else ""
        return f"{self.urn.rpartition('::')[2]} {self.path or 'itself'}: {self.message}{place}"


def check_inputs(graph: Graph) -> list[Finding]:
    """All mistakes in the inputs of a graph's resources, in the graph's order."""
    return [finding for resource in graph if resource.custom for finding in _resource(resource)]


def _resource(resource: Resource) -> Iterator[Finding]:
    if resource.external or resource.type.startswith("pulumi:pulumi:"):
        return
    for path, message in _problems(resource):
        yield Finding(resource.urn, path, message, resource.source)


def _problems(resource: Resource) -> Iterator[tuple[str, str]]:
    is_provider = resource.type.startswith(PROVIDERS)
    package = resource.type.removeprefix(PROVIDERS) if is_provider else resource.package
    if not load_sdk(package):
        yield "", f"{resource.type} cannot be checked: {sdk_module(package)} is not installed"
        return
    resource_type = resource_class(resource.type)
    arguments = args_class(resource_type) if resource_type else None
    if arguments is not None:
        yield from _object(resource.inputs, arguments, "", typed=not is_provider)
        return
    group, _ = declared(resource.type)
    if group or package != "kubernetes":
        yield "", f"unknown type {resource.type}{_nearest(resource.type, group)}"


def _object(
    value: Mapping[str, Any], kind: type, path: str, *, typed: bool = True
) -> Iterator[tuple[str, str]]:
    """Check an object against an input type. Untyped: only names, as for a provider's settings,
    which travel as JSON texts.
    """
    hints = _types._raw_return_hints(kind)
    for name, item in value.items():
        here = f"{path}.{name}" if path else name
        if name not in hints:
            yield here, f"unknown property{_nearest(name, hints)}"
        elif typed and item is not None:
            yield from _value(item, hints[name], here)
    for name in sorted(_types._required_property_names(kind)):
        if value.get(name) is None:
            yield path, f"missing required property {name!r}"


def _value(value: Any, hint: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Secret) or is_symbolic(value):
        return
    kinds = list(members(hint))
    problems = [list(_against(value, kind, path)) for kind in kinds]
    if not problems or not all(problems):
        return
    for kind, found in zip(kinds, problems, strict=True):
        # Among alternatives, the one that takes this shape at all has the message worth reading.
        if len(kinds) == 1 or (_is_input_type(kind) and isinstance(value, dict)):
            yield from found
            return
    allowed = " or ".join(dict.fromkeys(_name(kind) for kind in kinds))
    yield path, f"expected {allowed}, got {_given(value)}"


def _against(value: Any, kind: Any, path: str) -> Iterator[tuple[str, str]]:
    """Problems of a value with one concrete type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any or not _is_known(kind, origin):
        return
    if not _fits(value, kind, origin, arguments):
        yield path, f"expected {_name(kind)}, got {_given(value)}"
    elif _is_input_type(kind):
        yield from _object(value, kind, path)
    elif isinstance(value, list) and arguments:
        for index, item in enumerate(value):
            yield from _value(item, arguments[0], f"{path}[{index}]")
    elif isinstance(value, dict) and len(arguments) == 2:
        for key, item in value.items():
            yield from _value(item, arguments[1], f"{path}.{key}")


def _is_known(kind: Any, origin: Any) -> bool:
    """Is this a type whose values can be told apart? Anything else rules nothing out."""
    return inspect.isclass(kind) or origin in (Literal, list, Sequence, dict, Mapping)


def _fits(value: Any, kind: Any, origin: Any, arguments: tuple[Any, ...]) -> bool:
    """Does the value have the shape of the type, its own contents aside?"""
    if origin is Literal:
        return value in arguments
    if (origin or kind) in (list, Sequence):
        return isinstance(value, list)
    if (origin or kind) in (dict, Mapping) or _is_input_type(kind):
        return isinstance(value, dict)
    if issubclass(kind, _BLOBS):
        return isinstance(value, dict) and bool({ASSET, ARCHIVE} & value.keys())
    if issubclass(kind, Enum):
        return any(value == member.value for member in kind)
    if kind in (int, float):
        number = int if kind is int else (int, float)
        return isinstance(value, number) and not isinstance(value, bool)
    return isinstance(value, kind)


def _is_input_type(kind: Any) -> bool:
    return inspect.isclass(kind) and _types.is_input_type(kind)


def _name(kind: Any) -> str:
    """A type in the words of JSON."""
    origin = get_origin(kind) or kind
    if origin is Literal:
        return " or ".join(repr(item) for item in get_args(kind))
    if origin in (list, Sequence):
        return "array"
    if origin in (dict, Mapping) or _is_input_type(kind):
        return "object"
    if inspect.isclass(kind) and issubclass(kind, Enum):
        return " or ".join(repr(member.value) for member in kind)
    return _KINDS.get(kind, getattr(kind, "__name__", str(kind)))


def _given(value: Any) -> str:
    """A value in a message: scalars as they are, what is larger by its type."""
    if isinstance(value, (str, int, float)):
        return f"{json_kind(value)} {value!r}"
    return json_kind(value)


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
