"""Why an object is not ready: the words of the scheduler, of the kubelet and of the API server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from modelyard.sites.kubernetes.readiness import Object, conditions


def of_object(live: Object) -> Iterator[str]:
    """What an object's own conditions say is wrong; a failure to make pods comes first."""
    found = conditions(live)
    failure = found.pop("ReplicaFailure", None) if isinstance(found, dict) else None
    if failure and failure["status"] == "True":
        yield failure["message"]
    for condition in found.values():
        wrong = "True" if condition["type"] in ("Failed", "Stalled") else "False"
        if condition["status"] == wrong and condition.get("message"):
            yield f"{condition['type']}: {condition['message']}"


def of_pod(pod: Object) -> Iterator[str]:
    """Why a pod does not run: not placed, or a container that waits or has ended badly."""
    name = pod["metadata"]["name"]
    scheduled = conditions(pod).get("PodScheduled", {})
    if scheduled.get("status") == "False":
        yield f"pod {name} is not placed: {scheduled.get('message') or scheduled.get('reason')}"
    status = pod.get("status") or {}
    for kind in ("initContainerStatuses", "containerStatuses"):
        for container in status.get(kind) or []:
            if said := _of_container(container):
                yield f"pod {name}, container {container['name']}: {said}"


def of_events(events: Iterable[Object]) -> Iterator[str]:
    """The warnings among events, each kind once, newest first."""
    warnings = [event for event in events if event.get("type") == "Warning"]
    warnings.sort(key=_when, reverse=True)
    said: dict[str, str] = {}
    for event in warnings:
        said.setdefault(event["reason"], event.get("message") or event.get("note", ""))
    yield from (f"{reason}: {message}" for reason, message in said.items())


def _when(event: Object) -> str:
    series: Mapping[str, Any] = event.get("series") or {}
    return str(
        event.get("lastTimestamp") or series.get("lastObservedTime") or event.get("eventTime") or ""
    )


def _of_container(container: Object) -> str | None:
    state: Mapping[str, Any] = container.get("state") or {}
    if waiting := state.get("waiting"):
        if waiting.get("reason") in (None, "ContainerCreating", "PodInitializing"):
            return None
        last = (container.get("lastState") or {}).get("terminated")
        after = f" after exit code {last['exitCode']}" if last else ""
        said = f": {waiting['message']}" if waiting.get("message") else ""
        return f"{waiting['reason']}{after}{said}"
    ended = state.get("terminated")
    if ended and ended["exitCode"]:
        return f"{ended.get('reason', 'ended')} with exit code {ended['exitCode']}"
    return None if container.get("ready") or ended else "runs and is not ready yet"
