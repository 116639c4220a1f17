"""A model that runs over a file, once or on a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modelyard.objects.pods import Container, Pod
from modelyard.workloads.serving import sources
from modelyard.workloads.serving.engine import DATA
from modelyard.workloads.serving.server import (
    annotated,
    belongings,
    main_container,
    pod_volumes,
    weights,
)

if TYPE_CHECKING:
    from modelyard.workloads.serving.server import Server

QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
RETRIES = 2


def batch(server: Server) -> None:
    """Make the objects of a batch run."""
    objects, schedule = server.objects, server.args.model.serve.schedule
    belongings(server)
    run = _scheduled(server, schedule) if schedule else _once(server)
    objects.add(annotated(run, server.annotations), after=[server.account.resource])


def _pod(server: Server) -> Pod:
    """Steps in order: fetch weights, fetch input, predict, bring the output away.

    The last step is the pod's container, the ones before it are init containers, so that each
    starts when the one before it has succeeded.
    """
    steps = [*weights(server), *_steps(server)]
    return Pod(
        init=steps[:-1],
        containers=steps[-1:],
        service_account=server.account.name,
        volumes={**pod_volumes(server), **({"data": {"emptyDir": {}}} if _moves(server) else {})},
        scheduling=server.scheduling,
        user=server.engine.user,
        grace=server.engine.grace,
        restart="Never",
        labels=server.labels,
    )


def _moves(server: Server) -> bool:
    return server.engine.moves_data


def _steps(server: Server) -> list[Container]:
    predict = main_container(server)
    if not _moves(server):
        return [predict]
    args, serve = server.args, server.args.model.serve
    held = sources.data_file("input", serve.input), sources.data_file("output", serve.output)
    into, out = sources.remote(serve.input or ""), _object(serve.output or "", held[1])
    return [
        sources.copy(args, "input", into, held[0], DATA),
        predict,
        sources.copy(args, "output", held[1], out, DATA),
    ]


def _object(address: str, file: str) -> str:
    """Where a file goes: under its own name when the address is a folder."""
    name = file.rpartition("/")[2]
    return sources.remote(address) + (f"/{name}" if address.endswith("/") else "")


def _job(server: Server) -> Mapping[str, Any]:
    return {"backoffLimit": RETRIES, "template": _pod(server).template()}


def _queued(server: Server) -> Mapping[str, str]:
    queue = server.scheduling.queue
    return {QUEUE_LABEL: queue} if queue else {}


def _once(server: Server) -> Mapping[str, Any]:
    metadata = {
        "name": server.name,
        "labels": _queued(server),
        # A run may take hours: deploying it does not mean waiting for its end.
        "annotations": {"pulumi.com/skipAwait": "true"},
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": _job(server)}


def _scheduled(server: Server, schedule: str) -> Mapping[str, Any]:
    """No run starts while one is under way: they would share accelerators and a volume."""
    labels = {**server.labels, **_queued(server)}
    spec = {
        "schedule": schedule,
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 3600,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 3,
        "jobTemplate": {"metadata": {"labels": labels}, "spec": _job(server)},
    }
    metadata = {"name": server.name}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": spec}
