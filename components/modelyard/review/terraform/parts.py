"""Takes the inputs of a resource apart the way a Terraform plan has them.

A plan holds three trees of one shape: what is known, what is known only after deployment, and the
expressions that the configuration has in each place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from modelyard.recorder.values import Secret, is_symbolic
from modelyard.review.terraform.types import Property, TerraformType, property_of

_SYMBOL = re.compile(r"\$\{([^{}]+)\}")

Refer = Callable[[str, str], list[str]]
"""Terraform's references for a symbol (`key.arn`) in a property of the resource."""
KNOWN = ""
"""In place of a symbol: a value may come from another resource and be known all the same. Not asked
inside of blocks, where nobody tells which of their values it is."""


@dataclass
class Parts:
    """The three trees of one object."""

    values: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, Any] = field(default_factory=dict)
    expressions: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """Reads objects of one resource type."""

    terraform: TerraformType
    refer: Refer

    def parts(self, kind: type | None, inputs: Mapping[str, Any], top: str = "") -> Parts:
        """An object whose arguments are of the SDK's class `kind`.

        `top` is the property of the resource that it stands in; none for the resource itself.
        """
        parts = Parts()
        for wire, value in inputs.items():
            to = property_of(self.terraform, kind, wire)
            if to.kind and isinstance(value, (dict, list)):
                self._add_blocks(parts, to, value, top or wire)
            elif value is not None:
                self._add(parts, to, value, top or wire, [] if top else [KNOWN])
        return parts

    def _add(self, parts: Parts, to: Property, value: Any, top: str, otherwise: list[str]) -> None:
        symbols = list(_symbols(value)) or otherwise
        references = [r for symbol in symbols for r in self.refer(top, symbol)]
        if _is_unknown(value):
            parts.unknown[to.name] = True
        else:
            known = _known(value, lambda symbol: self._inside(top, symbol))
            parts.values[to.name] = known
            if any(_unknowns(value)):
                parts.unknown[to.name] = _after(value)
        if references or _is_unknown(value):
            parts.expressions[to.name] = {"references": list(dict.fromkeys(references))}
        else:
            parts.expressions[to.name] = {"constant_value": parts.values[to.name]}

    def _add_blocks(self, parts: Parts, to: Property, value: Any, top: str) -> None:
        items = value if isinstance(value, list) else [value]
        blocks = [self.parts(to.kind, item, top) for item in items if isinstance(item, dict)]
        whole = isinstance(value, dict) and not to.wrapped
        for tree in ("values", "unknown", "expressions"):
            found = [getattr(block, tree) for block in blocks]
            getattr(parts, tree)[to.name] = found[0] if whole else found

    def _inside(self, top: str, symbol: str) -> str:
        """A symbol within a text, as an interpolation of Terraform."""
        found = self.refer(top, symbol)
        return f"${{{found[0] if found else symbol}}}"


def _known(value: Any, inside: Callable[[str], str]) -> Any:
    if _is_unknown(value):
        return None
    if isinstance(value, str):
        return _SYMBOL.sub(lambda match: inside(match[1]), value)
    if isinstance(value, dict):
        return {key: _known(item, inside) for key, item in value.items()}
    if isinstance(value, list):
        return [_known(item, inside) for item in value]
    return value


def _after(value: Any) -> Any:
    """The tree of what is known only afterwards."""
    if isinstance(value, dict):
        return {key: _after(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_after(item) for item in value]
    return _is_unknown(value)


def _is_unknown(value: Any) -> bool:
    return isinstance(value, Secret) or is_symbolic(value)


def _unknowns(value: Any) -> Iterator[bool]:
    children = value.values() if isinstance(value, dict) else value
    if isinstance(value, (dict, list)):
        for child in children:
            yield from _unknowns(child)
    else:
        yield _is_unknown(value)


def _symbols(value: Any) -> Iterator[str]:
    """The symbols of a value, `key.arn` for `${key.arn}`; a secret is one that cannot be traced."""
    if isinstance(value, Secret):
        yield "unknown"
    elif isinstance(value, str):
        yield from _SYMBOL.findall(value)
    elif isinstance(value, (dict, list)):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _symbols(child)
