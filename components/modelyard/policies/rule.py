"""What a rule is: a small pure function over one resource, known by its id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

Findings = Iterator[str]
"""What is wrong with a resource, each thing in a few words; nothing if it keeps the rule."""


class Seen(Protocol):
    """A resource as rules see it: as the recorder has it, or as Pulumi's engine hands it over.

    `inputs` are plain JSON with wire names. What is known only after deployment is a text such as
    `${key.arn}`: it is there, so a rule that asks for a key is content with it.
    """

    @property
    def urn(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def provider(self) -> str | None: ...
    @property
    def protect(self) -> bool: ...
    @property
    def inputs(self) -> Mapping[str, Any]: ...
    @property
    def property_dependencies(self) -> Mapping[str, tuple[str, ...]]: ...


class Stack:
    """All resources of a stack, for rules that ask what stands around one."""

    def __init__(self, resources: Iterable[Seen]) -> None:
        self._resources = tuple(resources)

    def __iter__(self) -> Iterator[Seen]:
        return iter(self._resources)

    def of_type(self, *types: str) -> tuple[Seen, ...]:
        """The resources of these types."""
        return tuple(found for kind in types for found in self._by_type.get(kind, ()))

    def referring(self, resource: Seen, type: str, property: str) -> tuple[Seen, ...]:
        """The resources of a type whose `property` is made of something of `resource`."""
        return tuple(
            other
            for other in self._by_type.get(type, ())
            if resource.urn in other.property_dependencies.get(property, ())
        )

    def in_namespace(self, type: str, namespace: Seen) -> tuple[Seen, ...]:
        """The objects of a type in a namespace. Clusters may have one of the same name each: which
        one it is of, its provider says.
        """
        name = str(at(namespace.inputs, "metadata", "name"))
        return tuple(self._by_namespace.get((type, namespace.provider, name), ()))

    @cached_property
    def _by_namespace(self) -> Mapping[tuple[str, str | None, str], list[Seen]]:
        grouped: dict[tuple[str, str | None, str], list[Seen]] = defaultdict(list)
        for it in self._resources:
            if it.type.startswith("kubernetes:"):
                name = str(at(it.inputs, "metadata", "namespace"))
                grouped[it.type, it.provider, name].append(it)
        return grouped

    @cached_property
    def _by_type(self) -> Mapping[str, list[Seen]]:
        grouped: dict[str, list[Seen]] = defaultdict(list)
        for resource in self._resources:
            grouped[resource.type].append(resource)
        return grouped


Alone = Callable[[Seen], Findings]
Among = Callable[[Seen, Stack], Findings]


@dataclass(frozen=True)
class Rule:
    """A rule: its id, what it is about, and the function that judges."""

    id: str
    types: tuple[str, ...]
    judge: Among
    alone: bool
    """Whether a resource is enough to judge it, and not what stands around it."""
    secrecy: bool = False
    """Whether it asks what is secret; engines hand secrets over in the open."""

    def __call__(self, resource: Seen, stack: Stack) -> tuple[str, ...]:
        """What is wrong with a resource of one of the types."""
        return tuple(self.judge(resource, stack))


def rule(id: str, *types: str, secrecy: bool = False) -> Callable[[Alone], Rule]:
    """Makes a rule of a function over one resource."""

    def made(judge: Alone) -> Rule:
        return Rule(id, types, lambda resource, stack: judge(resource), True, secrecy)

    return made


def stack_rule(id: str, *types: str) -> Callable[[Among], Rule]:
    """Makes a rule of a function over a resource and what stands around it."""

    def made(judge: Among) -> Rule:
        return Rule(id, types, judge, False)

    return made


def at(value: Any, *path: str | int) -> Any:
    """What is at a path inside of inputs; None where there is nothing.

    Inside of what is not known yet, everything is not known yet.
    """
    for key in path:
        if unknown(value):
            return value
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and len(value) > key:
            value = value[key]
        else:
            return None
    return value


def items(value: Any, *path: str | int) -> list[Any]:
    """The list at a path; a single thing is a list of one, nothing an empty list."""
    found = at(value, *path)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def objects(value: Any, *path: str | int) -> list[Mapping[str, Any]]:
    """The objects of the list at a path."""
    return [item for item in items(value, *path) if isinstance(item, dict)]


def true(value: Any) -> bool:
    """Providers take `true` and `"true"` alike. What is not known yet is not held against it."""
    return value is True or value in ("true", "True", "TRUE") or unknown(value)


def unknown(value: Any) -> bool:
    """Is this known only after deployment?"""
    return isinstance(value, str) and value.startswith("${") and value.endswith("}")


def number(value: Any, otherwise: int = 0) -> int:
    """A whole number, also as text or with the `s` of seconds behind it; engines send floats."""
    if isinstance(value, float):
        return int(value)
    text = str(value).removesuffix("s")
    return int(text) if text.lstrip("-").isdigit() else otherwise
