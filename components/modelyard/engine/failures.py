"""Why a run failed: which part, which object, and the reason in the API's own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi.automation.events import EngineEvent

from modelyard.engine.parts import WHOLE, Parts
from modelyard.objects.identity import called

if TYPE_CHECKING:
    from modelyard.recorder import Graph, Resource

_NOISE = re.compile(
    r"^(\d+ errors? occurred:|error: |\* |(preview|update) failed$"
    r"|resource \S+ was not successfully (created|updated|deleted) by the Kubernetes API server *: "
    r"|the Kubernetes API server reported that \S+ failed to fully initialize or become live: )"
)
"""The frame that the engine and pulumi-kubernetes (4.34) put around the API server's words."""
_LINES = 8
"""Of one message; what comes after is general advice."""


@dataclass(frozen=True)
class Failure:
    """One resource that could not be made, changed or deleted. No `urn`: the run as a whole."""

    part: str
    urn: str
    name: str
    """What people call it: `Deployment acme-production/scorer`."""
    reasons: tuple[str, ...]
    because: tuple[str, ...] = ()
    """What the site itself says of it, such as the scheduler of a pod."""


def failures_of(events: Iterable[EngineEvent], parts: Parts, graph: Graph) -> tuple[Failure, ...]:
    """The failures that a run's events tell, each resource once, in the order they came."""
    said: dict[str, list[str]] = {}
    for event in events:
        if (op := event.res_op_failed_event) is not None:
            said.setdefault(op.metadata.urn, [])
        diagnostic = event.diagnostic_event
        if diagnostic is not None and diagnostic.severity == "error":
            said.setdefault(diagnostic.urn or "", []).extend(_reasons(diagnostic.message))
    failures = [_failure(urn, reasons, parts, graph) for urn, reasons in said.items()]
    of_resources = [failure for failure in failures if failure.part != WHOLE]
    return tuple(of_resources or failures)


def explained(failures: Iterable[Failure], because: Mapping[str, Iterable[str]]) -> list[Failure]:
    """Failures with what the sites say of their objects, by URN."""
    return [replace(f, because=tuple(because.get(f.urn, ()))) for f in failures]


def _failure(urn: str, reasons: list[str], parts: Parts, graph: Graph) -> Failure:
    unique = tuple(dict.fromkeys(reasons))
    name = name_of(graph[urn]) if urn in graph else urn.rpartition("::")[2]
    return Failure(parts[urn], urn, name, unique)


def name_of(resource: Resource) -> str:
    """A resource as people know it: a Kubernetes object by kind, namespace and name."""
    metadata = resource.inputs.get("metadata")
    if "kind" in resource.inputs and isinstance(metadata, Mapping) and "name" in metadata:
        return called(resource.inputs)
    return f"{resource.type.rpartition(':')[2]} {resource.name}"


def _reasons(message: str) -> list[str]:
    """The lines of a message that say something, without the engine's frame around them."""
    lines = (" ".join(line.split()) for line in message.splitlines())
    bare = (_bare(line) for line in lines)
    return [line for line in bare if line][:_LINES]


def _bare(line: str) -> str:
    while (shorter := _NOISE.sub("", line)) != line:
        line = shorter
    return line.strip()
