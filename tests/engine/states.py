"""The engine's state beside the recorder's graph: the same facts about each resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.simulated.cloud import Thing
from tests.support.simulated.values import KEY

from modelyard.recorder import Graph, Resource
from modelyard.recorder.urn import STACK_TYPE
from modelyard.recorder.values import plain

SECRET = "[secret]"
PLACES = ("kubernetes", "aws", "gcp")
"""Packages whose resources are somewhere outside the state."""
Facts = Mapping[str, Any]


def of_state(deployment: Mapping[str, Any]) -> Mapping[str, Facts]:
    """What the state knows of each resource but the root, by URN; secrets masked."""
    resources = [item for item in deployment["resources"] if item["type"] != STACK_TYPE]
    root = next(item["urn"] for item in deployment["resources"] if item["type"] == STACK_TYPE)
    return {item["urn"]: _kept(item, root) for item in resources}


def _kept(item: Mapping[str, Any], root: str) -> Facts:
    parent = item.get("parent")
    needs = item.get("propertyDependencies") or {}
    return {
        "type": item["type"],
        "custom": item["custom"],
        "parent": None if parent == root else parent,
        "provider": item.get("provider", "").rpartition("::")[0] or None,
        "protect": item.get("protect", False),
        "deleted_with": item.get("deletedWith"),
        "dependencies": sorted(item.get("dependencies") or []),
        "property_dependencies": {key: sorted(needs[key]) for key in needs if needs[key]},
        "inputs": _inputs(item) if item["custom"] else {},
    }


def _inputs(item: Mapping[str, Any]) -> Facts:
    """A provider's own have a key in which the engine keeps what it knows of its plugin."""
    given = item.get("inputs") or {}
    return {key: masked(value) for key, value in given.items() if key != "__internal"}


def of_graph(graph: Graph) -> Mapping[str, Facts]:
    """What the recorder says that the state is to know."""
    return {resource.urn: _planned(resource) for resource in graph}


def _planned(resource: Resource) -> Facts:
    return {
        "type": resource.type,
        "custom": resource.custom,
        "parent": resource.parent,
        "provider": resource.provider,
        "protect": resource.protect,
        "deleted_with": resource.deleted_with,
        "dependencies": sorted(resource.dependencies),
        "property_dependencies": {
            key: sorted(urns) for key, urns in resource.property_dependencies.items()
        },
        "inputs": checked(resource),
    }


def checked(resource: Resource) -> Facts:
    """The inputs as the provider keeps them: a Secret's texts become its data, all of it secret."""
    if not resource.custom:
        return {}
    inputs = dict(plain(dict(resource.inputs)))
    if resource.type == "kubernetes:core/v1:Secret":
        inputs.pop("stringData", None)
        inputs["data"] = SECRET
    if resource.type.startswith("pulumi:providers:"):
        # The engine notes there from which version of the plugin it is.
        inputs["version"] = resource.version
    return inputs


def masked(value: Any) -> Any:
    """The value with `[secret]` in place of every ciphertext."""
    if isinstance(value, Mapping):
        if KEY in value:
            return SECRET
        return {key: masked(item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


def differing(left: Mapping[str, Facts], right: Mapping[str, Facts]) -> list[str]:
    """Where two of them do not say the same, in words."""
    found = [f"only left: {urn}" for urn in sorted(left.keys() - right.keys())]
    found += [f"only right: {urn}" for urn in sorted(right.keys() - left.keys())]
    for urn in sorted(left.keys() & right.keys()):
        found += [
            f"{urn} {fact}: {left[urn][fact]} is not {right[urn][fact]}"
            for fact in left[urn]
            if left[urn][fact] != right[urn][fact]
        ]
    return found


def things(deployment: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Place, type and id of all in the state that is to be in a cluster or a cloud as well."""
    resources = deployment["resources"]
    clusters = {
        f"{item['urn']}::{item['id']}": item["inputs"].get("clusterIdentifier", "")
        for item in resources
        if item["type"] == "pulumi:providers:kubernetes"
    }
    return sorted(
        (clusters.get(item["provider"], package), item["type"], item["id"])
        for item in resources
        if item["custom"]
        and not item.get("external")
        and (package := item["type"].partition(":")[0]) in PLACES
    )


def standing(found: Iterable[Thing]) -> list[tuple[str, str, str]]:
    """The same of what is in the cloud."""
    return sorted((thing.place, thing.type, thing.id) for thing in found)
