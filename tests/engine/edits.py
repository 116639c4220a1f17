"""Changes of a blueprint, and what the recorder says that they change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto.provider_pb2 import DiffResponse
from tests.engine.states import checked
from tests.support.documents import Loader
from tests.support.shipped import Case
from tests.support.simulated import objects, others
from tests.support.simulated.cluster import Cluster
from tests.support.simulated.difference import diff
from tests.support.simulated.values import decoded, encoded

from modelyard.plan.plan import Plan
from modelyard.program import plan_file
from modelyard.recorder import Graph, Resource

Edit = Callable[[dict[str, Any]], None]
NEWCOMER = "newcomer"


def edited(case: Case, folder: Path, *edits: Edit) -> Plan:
    """The plan of a shipped blueprint with some edits, in its environment."""
    document = yaml.load(case.path.read_text(encoding="utf-8"), Loader)
    for edit in edits:
        edit(document)
        # What an environment says wins over the rest.
        edit(document.setdefault("environments", {}).setdefault(case.environment or "none", {}))
    if case.environment is None:
        del document["environments"]["none"]
    file = folder / case.file
    # The first site's parts are called otherwise than those of the others.
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return plan_file(file, case.environment).plan


def without_protection(document: dict[str, Any]) -> None:
    """Let go of what holds data, as the page on operations says."""
    document["protect"] = False


def with_a_viewer(document: dict[str, Any]) -> None:
    """Somebody who is in no shipped blueprint may look."""
    viewers = document.setdefault("access", {}).setdefault("viewers", [])
    viewers.append("visitors@example.com")


def with_a_model(document: dict[str, Any]) -> None:
    """One more model beside those that there are."""
    if document.get("models"):
        source = f"models:/{NEWCOMER}@champion"
        model: dict[str, Any] = {"name": NEWCOMER, "type": "predictive", "source": source}
        if document.get("registry", {}).get("engine") == "sagemaker":
            image = document["models"][0]["serve"]["image"]
            model["source"] = f"models:/{NEWCOMER}/1"
            model["serve"] = {"engine": "sagemaker", "image": image}
        first = {"on": next(iter(document["sites"]))} if len(document.get("sites", {})) > 1 else {}
        document["models"].append({**model, **first})


def expected(before: Graph, after: Graph) -> Mapping[str, str]:
    """What the engine is to do to each resource that differs between two graphs, by URN."""
    changes = {r.urn: "create" for r in after if r.urn not in before}
    changes |= {r.urn: "delete" for r in before if r.urn not in after}
    kept = (r for r in after if r.urn in before and r.custom)
    return changes | {r.urn: op for r in kept if (op := _operation(before[r.urn], r, after))}


def _operation(before: Resource, after: Resource, graph: Graph) -> str | None:
    old, new = encoded(checked(before)), encoded(checked(after))
    if before.package == "pulumi":
        return None if old == new else "update"
    response = _difference(after, old, new, graph)
    if response.changes == DiffResponse.DIFF_NONE:
        return None
    return "replace" if response.replaces else "update"


def _difference(resource: Resource, old: Struct, new: Struct, graph: Graph) -> DiffResponse:
    """What the provider of a resource says of a change of its inputs."""
    if not others.is_object(resource.type):
        fixed, ignored = others.immutable(resource.type), resource.ignore_changes
        return diff(decoded(old), decoded(new), fixed, ignored)
    cluster = Cluster.configured(graph[resource.provider or ""].inputs)
    return objects.differs(cluster, resource.type, old, new, resource.ignore_changes)
