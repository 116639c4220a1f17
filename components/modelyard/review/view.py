"""A plan and its recorded resources, as the sections of a report look at them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from modelyard.policies.rule import Stack
from modelyard.program import sites_of

if TYPE_CHECKING:
    from modelyard.plan.plan import Plan
    from modelyard.recorder import Graph, Resource

_SYMBOL = re.compile(r"\$\{([^{}]+?)\.[A-Za-z0-9_.\[\]]+\}")


@dataclass(frozen=True)
class View:
    """What every section asks: the resources, what refers to what, and where each stands."""

    plan: Plan
    graph: Graph

    @cached_property
    def stack(self) -> Stack:
        return Stack(self.graph)

    @cached_property
    def sites(self) -> Mapping[str, str]:
        """The site of each resource, by URN."""
        return sites_of(self.plan, self.graph)

    def site(self, resource: Resource) -> str:
        """The site of a resource; empty for what belongs to none."""
        return self.sites.get(resource.urn, "")

    def region(self, site: str) -> str:
        """The region of a site; empty for one without."""
        return str(getattr(self.plan.blueprint.sites.get(site), "region", "") or "")

    def of(self, *types: str) -> Iterator[Resource]:
        """The resources of these types that are managed here."""
        for token in types:
            yield from (found for found in self.graph.of_type(token) if not found.external)

    def behind(self, resource: Resource, property: str, *types: str) -> tuple[Resource, ...]:
        """The resources, of these types where any are named, that a property is made of."""
        found = (self.graph[u] for u in resource.property_dependencies.get(property, ()))
        return tuple(each for each in found if not types or each.type in types)

    def referring(self, resource: Resource, type: str, property: str) -> tuple[Resource, ...]:
        """The resources of a type whose property is made of something of `resource`."""
        return tuple(
            other
            for other in self.graph.of_type(type)
            if resource.urn in other.property_dependencies.get(property, ())
        )


def readable(value: Any) -> str:
    """A value with each symbol replaced by the name of the resource that it comes from."""
    return _SYMBOL.sub(r"\1", str(value))


def metadata(resource: Resource) -> tuple[str, str]:
    """Namespace, empty for what has none, and name of a Kubernetes object."""
    found = resource.inputs.get("metadata") or {}
    return str(found.get("namespace") or ""), str(found.get("name") or resource.name)


def kind(resource: Resource) -> str:
    """`Bucket` of `aws:s3/bucket:Bucket`."""
    return resource.type.rpartition(":")[2]
