"""Whether a live object is ready, by what its status says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Object = Mapping[str, Any]


def unready(live: Object) -> str | None:
    """Why an object is not ready, in a few words; None if it is, or has nothing to be ready for."""
    if live["metadata"].get("deletionTimestamp"):
        return "is being deleted"
    status = live.get("status") or {}
    seen, wanted = status.get("observedGeneration"), live["metadata"].get("generation")
    if seen is not None and wanted is not None and seen < wanted:
        return "its controller has not seen the last change yet"
    rule = _RULES.get(live["kind"], _by_conditions)
    return rule(live, status)


def conditions(live: Object) -> Mapping[str, Object]:
    """The conditions of an object by type."""
    found = (live.get("status") or {}).get("conditions") or []
    return {condition["type"]: condition for condition in found}


def _replicas(live: Object, status: Object) -> str | None:
    wanted = live["spec"].get("replicas", 1)
    ready = status.get("readyReplicas", 0)
    updated = status.get("updatedReplicas", 0)
    if updated < wanted:
        return f"{updated} of {wanted} replicas are of the newest kind"
    if (old := status.get("replicas", 0) - updated) > 0:
        # They stay until the new ones can take over, and are what is counted as ready meanwhile.
        return f"{old} of the replicas before the last change still answer: the new are not ready"
    return None if ready >= wanted else f"{ready} of {wanted} replicas are ready"


def _daemons(live: Object, status: Object) -> str | None:
    wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    return None if ready >= wanted else f"{ready} of {wanted} nodes run it"


def _job(live: Object, status: Object) -> str | None:
    found = conditions(live)
    if found.get("Complete", {}).get("status") == "True" or live["spec"].get("suspend"):
        return None
    failed = found.get("Failed", {})
    if failed.get("status") == "True":
        return f"failed: {failed.get('message') or failed.get('reason')}"
    return "has not finished"


def _claim(live: Object, status: Object) -> str | None:
    phase = status.get("phase")
    return None if phase == "Bound" else f"is {phase}, not Bound"


def _namespace(live: Object, status: Object) -> str | None:
    phase = status.get("phase")
    return None if phase in (None, "Active") else f"is {phase}"


def _always(live: Object, status: Object) -> str | None:
    return None


def _by_conditions(live: Object, status: Object) -> str | None:
    """Of custom objects: a condition Ready or Available that is false."""
    for name in ("Ready", "Available", "Accepted", "Established"):
        condition = conditions(live).get(name)
        if condition and condition["status"] != "True":
            said = condition.get("message") or condition.get("reason") or condition["status"]
            return f"{name} is {condition['status']}: {said}"
    return None


_RULES: Mapping[str, Callable[[Object, Object], str | None]] = {
    "Deployment": _replicas,
    "StatefulSet": _replicas,
    "DaemonSet": _daemons,
    "Job": _job,
    "PersistentVolumeClaim": _claim,
    "Namespace": _namespace,
    # Their conditions tell of scaling and of disruptions, not of being there.
    "HorizontalPodAutoscaler": _always,
    "PodDisruptionBudget": _always,
    "CronJob": _always,
}
