"""The provider SDKs' own classes: from a type token to the resource, its arguments, its outputs.

Every SDK that Pulumi generates registers which class stands for which token; that registry is
read here, so nothing is known of single providers.
"""

from __future__ import annotations

import sys
import typing
from collections.abc import Awaitable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType, UnionType
from typing import Any, Union, get_args, get_origin

import pulumi
from pulumi import _types
from pulumi.runtime import rpc

PROVIDERS = "pulumi:providers:"


def sdk_module(package: str) -> str:
    """The Python module of a provider package: `pulumi_kubernetes` for `kubernetes`."""
    return f"pulumi_{package.replace('-', '_')}"


def load_sdk(package: str) -> bool:
    """Import a provider's SDK; False if it is not installed."""
    module = sdk_module(package)
    if module not in sys.modules and find_spec(module) is None:
        return False
    import_module(module)
    return True


def resource_class(token: str) -> type | None:
    """The class for a type token, from the SDKs imported so far; None if none declares it."""
    if token.startswith(PROVIDERS):
        package = rpc.get_resource_package(token.removeprefix(PROVIDERS), "")
        info = getattr(package, "pkg_info", None)
        return _attribute(info["fqn"], info["class"]) if info else None
    classes, module = declared(token)
    return _attribute(module, classes[token]) if token in classes else None


def declared(token: str) -> tuple[dict[str, str], str]:
    """The classes by token in the SDK module a token belongs to, and that module's name.

    Both empty when no SDK imported so far has such a module.
    """
    package, _, rest = token.partition(":")
    module = rpc.get_resource_module(package, rest.rpartition(":")[0], "")
    info = getattr(module, "mod_info", None)
    return (info["classes"], info["fqn"]) if info else ({}, "")


def args_class(resource: type) -> type | None:
    """The class of a resource's arguments; `XInitArgs` where `XArgs` is taken by an input type."""
    module = sys.modules[resource.__module__]
    for name in (f"{resource.__name__}InitArgs", f"{resource.__name__}Args"):
        found = getattr(module, name, None)
        if found is not None:
            return found
    return None


def output_types(token: str) -> dict[str, Any]:
    """The outputs of a resource by wire name and type.

    Empty if the program does not use the typed class: then nothing can read those outputs, and
    importing the class would take longer than recording does.
    """
    if not token.startswith(PROVIDERS) and not _executed(declared(token)[1]):
        return {}
    resource = resource_class(token)
    return _output_types(resource) if resource else {}


def _executed(module: str) -> bool:
    """Whether a module has run; SDKs put their modules in place lazily."""
    return type(sys.modules.get(module)) is ModuleType


@cache
def _output_types(resource: type) -> dict[str, Any]:
    return _types.resource_types(resource)


def members(hint: Any) -> Iterator[Any]:
    """The types a value of this annotation may have, without None and what wraps an input."""
    if get_origin(hint) is Union or isinstance(hint, UnionType):
        for arm in get_args(hint):
            yield from members(arm)
    elif not (hint is type(None) or _wraps(hint)):
        yield hint


def _wraps(hint: Any) -> bool:
    """Is this one of the arms that make an Input of a type: an output, awaitable, typed dict?"""
    if isinstance(hint, typing.ForwardRef):
        return hint.__forward_arg__.startswith("Output[")
    origin = get_origin(hint) or hint
    return origin in (pulumi.Output, Awaitable, typing.Awaitable) or typing.is_typeddict(hint)


def _attribute(module: str, name: str) -> type | None:
    return getattr(import_module(module), name, None)
