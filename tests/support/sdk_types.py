"""Holds a graph of cloud resources against the provider SDK's own classes.

Inputs are `modelyard.recorder.check_inputs`'s to judge. Here are the outputs that a program says
it reads (`CloudResource(..., outputs=...)`): the recorder fills them in as told, so one that the
provider does not have would be noticed only after deployment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

from pulumi import _types

from modelyard.objects.cloud import outputs_read
from modelyard.recorder import Graph
from modelyard.recorder.sdk import load_sdk, members, resource_class

CLOUD = {"aws", "aws-native", "gcp", "random", "tls"}
"""Packages whose resources are made as untyped `CloudResource`s."""


def outputs_problems(graph: Graph) -> list[str]:
    """What is read of a graph's resources and their types do not have; each type once."""
    tokens = sorted({r.type for r in graph if r.custom and r.package in CLOUD})
    return [f"{token} {problem}" for token in tokens for problem in _of_type(token)]


def _of_type(token: str) -> Iterator[str]:
    kind = resource_class(token) if load_sdk(token.split(":", 1)[0]) else None
    if kind is None:
        yield "is of no SDK that is installed"
        return
    yield from _shape(outputs_read(token), _types.resource_types(kind), "")


def _shape(read: Mapping[str, Any], known: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, wanted in read.items():
        here = f"{path}.{name}" if path else name
        if name not in known:
            yield f"{here}: there is no such output"
        else:
            yield from _kind(wanted, known[name], here)


def _kind(wanted: Any, hint: Any, path: str) -> Iterator[str]:
    """Does an output of this annotation have the shape that is read: a list, an object, a text?"""
    kind = next(members(hint))
    origin = get_origin(kind) or kind
    if isinstance(wanted, list):
        if origin in (list, Sequence):
            yield from _kind(wanted[0], get_args(kind)[0], f"{path}[]")
        else:
            yield f"{path}: is no list"
    elif isinstance(wanted, Mapping):
        if _types.is_output_type(kind):
            yield from _shape(wanted, _types.output_type_types(kind), path)
        else:
            yield f"{path}: is no object"
    elif not (wanted is origin or wanted is Any):
        yield f"{path}: is {getattr(kind, '__name__', kind)}, not {wanted.__name__}"
