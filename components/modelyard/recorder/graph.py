"""The resource graph of one run: what a program asked for, in an order that never varies."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from modelyard.recorder.values import Secret, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource as the engine would receive it. References to others are their URNs.

    `inputs` is plain JSON with wire names (see `values` for secrets and unknowns). `outputs` is
    what a component registered, or None if it did not. `external` marks one that is read, not
    managed; `remote` a component whose children are made elsewhere, so absent here.
    """

    urn: str
    type: str
    name: str
    custom: bool
    parent: str | None = None
    provider: str | None = None
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] | None = None
    protect: bool = False
    retain_on_delete: bool = False
    deleted_with: str | None = None
    delete_before_replace: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, str] = field(default_factory=dict)
    version: str | None = None
    import_id: str | None = None
    external: bool = False
    remote: bool = False
    source: str | None = field(default=None, compare=False)

    @property
    def package(self) -> str:
        """The provider package: `kubernetes` of `kubernetes:apps/v1:Deployment`."""
        return self.type.split(":", 1)[0]

    def needs(self) -> set[str]:
        """The URNs that must exist before this one can."""
        named = {self.parent, self.provider, self.deleted_with, *self.dependencies}
        named.update(urn for urns in self.property_dependencies.values() for urn in urns)
        return {urn for urn in named if urn}

    def to_json(self) -> dict[str, Any]:
        """All fields as plain JSON values, secrets masked."""
        return {item.name: plain(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Resource:
        """What `to_json` gave, here or by another release: fields that are not known are left out.

        Of a secret no more is known than that it is one.
        """
        known = {item.name for item in fields(cls)}
        values: dict[str, Any] = {k: _restored(v) for k, v in content.items() if k in known}
        frozen = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
        by_property = values.get("property_dependencies") or {}
        urns = {name: tuple(found) for name, found in by_property.items()}
        return cls(**{**frozen, "property_dependencies": urns})


@dataclass(frozen=True)
class Graph:
    """The resources of one stack, dependencies first, and the stack's outputs.

    The root stack is not among them: a resource directly under it has no parent.
    """

    project: str
    stack: str
    resources: tuple[Resource, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, project: str, stack: str, resources: Iterable[Resource], outputs: Mapping[str, Any]
    ) -> Graph:
        """Put resources, in whatever order they came, into canonical order."""
        return cls(project, stack, tuple(canonical_order(resources)), outputs)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def __len__(self) -> int:
        return len(self.resources)

    def __contains__(self, urn: object) -> bool:
        return urn in self._by_urn

    def __getitem__(self, urn: str) -> Resource:
        return self._by_urn[urn]

    def of_type(self, token: str) -> tuple[Resource, ...]:
        """The resources with this type token."""
        return tuple(self._by_type.get(token, ()))

    def named(self, name: str) -> tuple[Resource, ...]:
        """The resources with this logical name; a name is unique only within its type."""
        return tuple(self._by_name.get(name, ()))

    def children(self, urn: str | None = None) -> tuple[Resource, ...]:
        """The direct children of a component, or of the stack for None."""
        return tuple(self._by_parent.get(urn, ()))

    def to_json(self) -> dict[str, Any]:
        """The whole graph as plain JSON values, secrets masked."""
        return {
            "project": self.project,
            "stack": self.stack,
            "resources": [resource.to_json() for resource in self.resources],
            "outputs": plain(self.outputs),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Graph:
        """What `to_json` gave."""
        resources = (Resource.from_json(each) for each in content["resources"])
        outputs = _restored(content.get("outputs") or {})
        return cls.of(content["project"], content["stack"], resources, outputs)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON; source positions do not count."""
        content = self.to_json()
        for resource in content["resources"]:
            del resource["source"]
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def _by_urn(self) -> dict[str, Resource]:
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        return _grouped(self.resources, "type")

    @cached_property
    def _by_name(self) -> Mapping[str, list[Resource]]:
        return _grouped(self.resources, "name")

    @cached_property
    def _by_parent(self) -> Mapping[str | None, list[Resource]]:
        return _grouped(self.resources, "parent")


def canonical_order(resources: Iterable[Resource]) -> Iterator[Resource]:
    """What a resource needs comes before it; what is free to go either way goes by URN."""
    by_urn = {resource.urn: resource for resource in resources}
    waiting = {urn: by_urn[urn].needs() & by_urn.keys() for urn in by_urn}
    unlocks: dict[str, list[str]] = defaultdict(list)
    for urn, needed in waiting.items():
        for other in needed:
            unlocks[other].append(urn)
    ready = [urn for urn, needed in waiting.items() if not needed]
    heapq.heapify(ready)
    done = 0
    while ready:
        urn = heapq.heappop(ready)
        yield by_urn[urn]
        done += 1
        for next_urn in unlocks[urn]:
            waiting[next_urn].discard(urn)
            if not waiting[next_urn]:
                heapq.heappush(ready, next_urn)
    if done < len(by_urn):
        raise ValueError(f"resources need each other in a circle: {_circle(waiting)}")


def _restored(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _restored(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_restored(item) for item in value]
    return Secret() if value == repr(Secret()) else value


def _circle(waiting: Mapping[str, set[str]]) -> str:
    return ", ".join(sorted(urn for urn, needed in waiting.items() if needed))


def _grouped(resources: Iterable[Resource], attribute: str) -> dict[Any, list[Resource]]:
    groups: dict[Any, list[Resource]] = defaultdict(list)
    for resource in resources:
        groups[getattr(resource, attribute)].append(resource)
    return dict(groups)
