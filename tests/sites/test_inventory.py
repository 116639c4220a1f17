"""Readiness, drift and reasons, from what the API server answers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from modelyard.sites.kubernetes import reasons
from modelyard.sites.kubernetes.drift import differences
from modelyard.sites.kubernetes.inventory import _claims, _told_once
from modelyard.sites.kubernetes.readiness import unready


def live(
    kind: str, spec: dict[str, Any], status: dict[str, Any], **metadata: Any
) -> dict[str, Any]:
    return {
        "kind": kind,
        "metadata": {"name": "x", "generation": 2, **metadata},
        "spec": spec,
        "status": status,
    }


READY = {"observedGeneration": 2, "replicas": 2, "readyReplicas": 2, "updatedReplicas": 2}


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (live("Deployment", {"replicas": 2}, READY), None),
        (live("Deployment", {"replicas": 3}, READY), "2 of 3 replicas are of the newest kind"),
        (
            live("Deployment", {"replicas": 2}, {**READY, "replicas": 3}),
            "1 of the replicas before the last change still answer",
        ),
        (
            live("StatefulSet", {"replicas": 2}, {**READY, "readyReplicas": 1}),
            "1 of 2 replicas are ready",
        ),
        (
            live("Deployment", {}, {**READY, "observedGeneration": 1}),
            "has not seen the last change",
        ),
        (live("Deployment", {}, READY, deletionTimestamp="now"), "is being deleted"),
        (
            live("DaemonSet", {}, {"desiredNumberScheduled": 3, "numberReady": 1}),
            "1 of 3 nodes run it",
        ),
        (live("Job", {}, {"conditions": [{"type": "Complete", "status": "True"}]}), None),
        (live("Job", {}, {}), "has not finished"),
        (live("Job", {"suspend": True}, {}), None),
        (
            live(
                "Job", {}, {"conditions": [{"type": "Failed", "status": "True", "message": "5x"}]}
            ),
            "failed: 5x",
        ),
        (live("PersistentVolumeClaim", {}, {"phase": "Pending"}), "is Pending, not Bound"),
        (live("PersistentVolumeClaim", {}, {"phase": "Bound"}), None),
        (live("Namespace", {}, {"phase": "Terminating"}), "is Terminating"),
        (live("ConfigMap", {}, {}), None),
        (
            live(
                "Cluster", {}, {"conditions": [{"type": "Ready", "status": "False", "reason": "R"}]}
            ),
            "Ready is False: R",
        ),
        (
            live(
                "HorizontalPodAutoscaler",
                {},
                {"conditions": [{"type": "ScalingActive", "status": "False"}]},
            ),
            None,
        ),
    ],
)
def test_whether_it_is_ready(item: dict[str, Any], why: str | None) -> None:
    found = unready(item)
    assert (found is None) if why is None else (found is not None and why in found)


def test_drift_is_named_by_path_and_by_the_names_of_items() -> None:
    stands = {
        "metadata": {"labels": {"a": "b"}, "resourceVersion": "1", "managedFields": [1]},
        "spec": {"replicas": 3, "containers": [{"name": "main", "image": "x:1"}], "gone": 1},
        "status": {"ready": 1},
    }
    applied = {
        "metadata": {"labels": {"a": "c"}, "resourceVersion": "2", "managedFields": [2]},
        "spec": {"replicas": 2, "containers": [{"name": "main", "image": "x:2"}], "gone": 1},
        "status": {"ready": 0},
    }
    assert differences(stands, applied) == (
        *("metadata.labels.a", "spec.containers[main].image", "spec.replicas"),
    )
    assert differences(stands, stands) == ()


def test_a_list_that_grew_is_one_difference() -> None:
    assert differences({"spec": {"a": [1]}}, {"spec": {"a": [1, 2]}}) == ("spec.a",)


def test_a_pod_without_a_node_says_why_in_the_schedulers_words() -> None:
    pod = {
        "metadata": {"name": "p"},
        "status": {
            "conditions": [
                {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}
            ]
        },
    }
    assert list(reasons.of_pod(pod)) == ["pod p is not placed: 0/3 nodes are available"]


def test_a_container_that_cannot_start_says_why() -> None:
    pull = {
        "name": "c",
        "ready": False,
        "state": {"waiting": {"reason": "ErrImagePull", "message": "m"}},
    }
    crash = {
        "name": "d",
        "ready": False,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 137}},
    }
    creating = {"name": "e", "ready": False, "state": {"waiting": {"reason": "ContainerCreating"}}}
    pod = {"metadata": {"name": "p"}, "status": {"containerStatuses": [pull, crash, creating]}}
    assert list(reasons.of_pod(pod)) == [
        "pod p, container c: ErrImagePull: m",
        "pod p, container d: CrashLoopBackOff after exit code 137",
    ]


def test_a_deployment_that_may_make_no_pods_says_so_first() -> None:
    item = live(
        "Deployment",
        {},
        {
            "conditions": [
                {"type": "Available", "status": "False", "message": "no minimum"},
                {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"},
            ]
        },
    )
    assert list(reasons.of_object(item)) == ["exceeded quota", "Available: no minimum"]


def test_of_warnings_the_newest_of_each_kind() -> None:
    events = [
        {"type": "Warning", "reason": "Failed", "message": "old", "lastTimestamp": "2026-01-01"},
        {"type": "Warning", "reason": "Failed", "message": "new", "lastTimestamp": "2026-01-02"},
        {"type": "Normal", "reason": "Pulled", "message": "fine", "lastTimestamp": "2026-01-03"},
    ]
    assert list(reasons.of_events(events)) == ["Failed: new"]


def test_what_was_told_is_not_told_again() -> None:
    assert _told_once(
        ["pod p is not placed: no room", "FailedScheduling: no room", "Other: x"]
    ) == (
        "pod p is not placed: no room",
        "Other: x",
    )


def test_claims_of_a_set_are_known_by_their_names() -> None:
    item = {
        "metadata": {"name": "db"},
        "spec": {"volumeClaimTemplates": [{"metadata": {"name": "data"}}]},
    }
    assert re.fullmatch(_claims(item), "data-db-0")
    assert not re.fullmatch(_claims(item), "data-other-0")
