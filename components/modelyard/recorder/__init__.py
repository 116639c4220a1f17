"""Runs a Pulumi program in this process, without an engine, and returns its resource graph.

    graph = record(program, project="modelyard", stack="dev")

The graph's types import no Pulumi; `record` and `check_inputs` do, and load when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelyard.recorder.errors import (
    DefaultProviderError,
    DuplicateURNError,
    OutputsRegisteredTwiceError,
    RecordError,
    UnmodelledLookupError,
)
from modelyard.recorder.graph import Graph, Resource
from modelyard.recorder.values import Secret, is_symbolic

if TYPE_CHECKING:
    from modelyard.recorder.inputs import Finding, check_inputs
    from modelyard.recorder.monitor import Mode
    from modelyard.recorder.run import record

_LAZY = {"Finding": "inputs", "check_inputs": "inputs", "Mode": "monitor", "record": "run"}

__all__ = [
    "DefaultProviderError",
    "DuplicateURNError",
    "Finding",
    "Graph",
    "Mode",
    "OutputsRegisteredTwiceError",
    "RecordError",
    "Resource",
    "Secret",
    "UnmodelledLookupError",
    "check_inputs",
    "is_symbolic",
    "record",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
