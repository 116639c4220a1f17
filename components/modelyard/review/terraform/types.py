"""What Terraform calls the resource types of Pulumi's providers, and their properties.

Pulumi's provider for AWS is made from Terraform's and renames by rule: `cidrBlock` is `cidr_block`,
a list of objects gets a plural (`ingress_rule` becomes `ingressRules`), a list of at most one item
becomes the item. The way back is not always told by the name, so types have a table, and so do
properties that the rule would name wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

import yaml
from pulumi import _types

from modelyard.blueprint.errors import ModelyardError
from modelyard.recorder.sdk import args_class, load_sdk, members, resource_class

_SHEET = Path(__file__).with_name("types.yaml")
_PLURALS = ((r"ies$", "y"), (r"(ss|sh|ch|x)es$", r"\1"), (r"(?<!s)s$", ""))
_OBJECTS = {"timeouts"}
"""What is an object in Terraform, too, and not a list of one."""


class UnmappedTypeError(ModelyardError):
    """A resource type that the table does not have."""


@dataclass(frozen=True, slots=True)
class TerraformType:
    """One of Terraform's resource types, and where its names do not follow the rule."""

    name: str
    names: Mapping[str, str]
    """Terraform's names of properties, by the wire name; at any depth."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property as Terraform has it."""

    name: str
    kind: type | None
    """The class of its objects, where it is a block."""
    wrapped: bool
    """Whether Terraform has a list around the one object."""


@cache
def _sheet() -> Mapping[str, Any]:
    return yaml.safe_load(_SHEET.read_text(encoding="utf-8"))


def mapped() -> Mapping[str, str]:
    """Terraform's types by Pulumi's token."""
    return _sheet()["types"]


def packages() -> frozenset[str]:
    """The provider packages that the table is about."""
    return frozenset(token.split(":", 1)[0] for token in mapped())


@cache
def terraform_type(token: str) -> TerraformType:
    """Terraform's type for a token. Raises UnmappedTypeError where the table has none."""
    try:
        name = mapped()[token]
    except KeyError:
        raise UnmappedTypeError(
            f"{token} has no Terraform type. Next: add it to {_SHEET.name}"
        ) from None
    return TerraformType(name, _sheet()["properties"].get(name, {}))


def arguments(token: str) -> type | None:
    """The SDK's class of a type's arguments; None if its SDK is not installed."""
    kind = resource_class(token) if load_sdk(token.split(":", 1)[0]) else None
    return args_class(kind) if kind else None


def property_of(terraform: TerraformType, kind: type | None, wire: str) -> Property:
    """A property of an object of the SDK's class `kind`, as Terraform has it."""
    hint = next(members(_hints(kind)[wire]), None) if kind and wire in _hints(kind) else None
    several = (get_origin(hint) or hint) in (list, Sequence)
    item = next(members(get_args(hint)[0]), None) if several and get_args(hint) else hint
    block = item if isinstance(item, type) and _types.is_input_type(item) else None
    name = snake(wire)
    if wire in terraform.names:
        name = terraform.names[wire]
    elif several and block:
        name = singular(name)
    return Property(name, block, bool(block) and not several and wire not in _OBJECTS)


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return _types._raw_return_hints(kind)


def snake(wire: str) -> str:
    """`cidrBlock` as `cidr_block`, `ipv6CidrBlocks` as `ipv6_cidr_blocks`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", wire).lower()


def singular(name: str) -> str:
    """The singular of a name whose last word is a plural; other names stay."""
    for pattern, ending in _PLURALS:
        if re.search(pattern, name):
            return re.sub(pattern, ending, name)
    return name
