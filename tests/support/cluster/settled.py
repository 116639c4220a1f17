"""Whether what runs has got to where it should be, by the status that its controller wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

WORKLOADS = (
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
    ("v1", "PersistentVolumeClaim"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
)


def unsettled(live: Mapping[str, Any]) -> Iterator[str]:
    """What is missing until a live object is done; nothing when it is."""
    status = live.get("status") or {}
    kind = live["kind"]
    if kind in ("Deployment", "StatefulSet"):
        wanted, ready = live["spec"]["replicas"], status.get("readyReplicas", 0)
        if ready < wanted:
            yield f"{ready} of {wanted} ready"
    elif kind == "DaemonSet":
        wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
        if not wanted or ready < wanted:
            yield f"ready on {ready} of {wanted} nodes"
    elif kind == "Job":
        if not any(c["type"] == "Complete" for c in status.get("conditions") or []):
            yield "not complete"
    elif kind == "HorizontalPodAutoscaler":
        # Nobody measures here, so there is no more than the floor.
        least, now = live["spec"]["minReplicas"], status.get("currentReplicas", 0)
        if now < least:
            yield f"scaled to {now}, at least {least}"
    elif status.get("phase") != "Bound":
        yield f"{status.get('phase')}, not Bound"
