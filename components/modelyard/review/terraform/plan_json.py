"""Writes a graph as the JSON of a Terraform plan that would create all of it.

What is known only after deployment is left out of the values, as Terraform does, and becomes a
reference in the configuration: checks over connections between resources follow those. Texts with
something unknown inside, such as policies, stay readable; Terraform would leave them out whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from modelyard.recorder.graph import Graph, Resource
from modelyard.review.terraform.parts import Reader
from modelyard.review.terraform.types import arguments, packages, snake, terraform_type

_PROVIDERS = "pulumi:providers:"


def terraform_plan(graph: Graph) -> dict[str, Any]:
    """The plan of the graph's cloud resources; Kubernetes objects are not in it.

    Raises UnmappedTypeError for a type of a known provider that the table does not have.
    """
    named = addresses(graph)
    found = [_Described(graph[urn], named) for urn in named]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": [it.planned() for it in found]}},
        "resource_changes": [it.change() for it in found],
        "configuration": {
            "provider_config": _providers(graph),
            "root_module": {"resources": [it.configured() for it in found]},
        },
    }


def addresses(graph: Graph) -> dict[str, str]:
    """Terraform's address of each resource by URN: `aws_s3_bucket.fraud-object-store`."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for resource in graph:
        if resource.custom and not resource.external and resource.package in packages():
            address = f"{terraform_type(resource.type).name}.{_label(resource.name)}"
            while address in taken:
                address += "_"
            taken.add(address)
            found[resource.urn] = address
    return found


def _label(name: str) -> str:
    label = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    return label if label[:1].isalpha() else f"_{label}"


def _providers(graph: Graph) -> dict[str, Any]:
    """Settings of the providers, the first of each package as the default one."""
    configured: dict[str, Any] = {}
    for resource in graph:
        package = resource.type.removeprefix(_PROVIDERS)
        if package == resource.type or package not in packages():
            continue
        key = package if package not in configured else f"{package}.{_label(resource.name)}"
        known = {n: v for n, v in resource.inputs.items() if isinstance(v, str)}
        expressions = {snake(n): {"constant_value": v} for n, v in known.items()}
        configured[key] = {"name": package, "expressions": expressions}
    return configured


class _Described:
    """One resource in the words of Terraform."""

    def __init__(self, resource: Resource, addresses: Mapping[str, str]) -> None:
        self._resource, self._addresses = resource, addresses
        self._address = addresses[resource.urn]
        self._type = terraform_type(resource.type)
        reader = Reader(self._type, self._references)
        self._parts = reader.parts(arguments(resource.type), resource.inputs)

    def planned(self) -> dict[str, Any]:
        """What is known of it."""
        return {**self._identity(), "values": self._parts.values}

    def change(self) -> dict[str, Any]:
        """Its creation."""
        after = {"after": self._parts.values, "after_unknown": self._parts.unknown}
        return {**self._identity(), "change": {"actions": ["create"], "before": None, **after}}

    def configured(self) -> dict[str, Any]:
        """What it refers to."""
        needed = sorted(self._addresses[u] for u in self._resource.needs() if u in self._addresses)
        return {
            **self._identity(),
            "expressions": self._parts.expressions,
            **({"depends_on": needed} if needed else {}),
        }

    def _identity(self) -> dict[str, Any]:
        label = self._address.partition(".")[2]
        where = {"address": self._address, "mode": "managed", "type": self._type.name}
        return {**where, "name": label, "provider_name": self._resource.package}

    def _references(self, wire: str, symbol: str) -> list[str]:
        """What a symbol in a property stands for: `${key.arn}` in `kmsKeyId`.

        The name of a resource is not unique; the property's own dependencies tell which is meant.
        """
        urns = self._resource.property_dependencies.get(wire, ())
        addresses = [self._addresses[urn] for urn in urns if urn in self._addresses]
        for address in addresses:
            name = f"{address.partition('.')[2]}."
            if symbol.startswith(name):
                return [f"{address}.{snake(symbol.removeprefix(name))}", address]
        return addresses
