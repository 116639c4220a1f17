"""Jobs of the platform's own image (`jobs/`): what they are told, and how they run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.monitor import Rows
from modelyard.blueprint.units import show_cpu, show_memory
from modelyard.contracts.context import Purpose
from modelyard.contracts.object_store import Api
from modelyard.objects.pods import Container, Resources
from modelyard.plan.promotion import alias, candidate_name, promoted, registered_name
from modelyard.workloads.images import named

if TYPE_CHECKING:
    from modelyard.blueprint.lifecycle import Jobs
    from modelyard.blueprint.model import Model
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.endpoint import Environment
    from modelyard.contracts.identity import WorkloadIdentity
    from modelyard.contracts.monitoring import Monitoring
    from modelyard.contracts.object_store import ObjectStore
    from modelyard.contracts.registry import Registry

IMAGE = "modelyard-jobs"
LABELS = {"app.kubernetes.io/component": "model-check"}
"""By which the Pushgateway lets in what measures."""
FOLDER, FILE = "/etc/modelyard", "job.json"
REPORTS = "training/checks"
"""Part of the platform's own bucket where whole reports lie."""
_CPU, _MEMORY = 1000, 4 * 2**30
_TOLD = ("timestamp", "task", "target", "prediction", "score", "embedding", "minimum")
_LISTED = ("features", "sensitive")


@dataclass(frozen=True)
class Job:
    """One job about one model, and the parts of the site that it needs."""

    name: str
    model: Model
    settings: Mapping[str, Any]
    jobs: Jobs
    cluster: Cluster
    store: ObjectStore
    registry: Registry
    monitoring: Monitoring | None = None

    def document(self, version: str | None = None) -> str:
        """What it reads. `version`: of the candidate, where it is about one."""
        gateway = self.monitoring.pushgateway if self.monitoring else None
        # Versions of a guarded model are the promoter's: whoever trains may not tag them.
        tagged = version is not None or not promoted(self.model)
        output = {
            "push": gateway.url if gateway else None,
            "report": self.report if version is None else None,
            "tags": tagged,
        }
        told = {
            "job": self.name,
            "model": {**_named(self.model), **({"version": version} if version else {})},
            "data": self._rows(),
            "output": _given(output),
            "settings": dict(self.settings),
        }
        return json.dumps(told, indent=2)

    @property
    def report(self) -> str:
        """Where the whole of its last report lies."""
        return self.store.address(f"{REPORTS}/{self.model.name}/{self.name}.json")

    def environment(
        self, runs_as: WorkloadIdentity, reads: tuple[str, ...], writes: tuple[str, ...] = ()
    ) -> Environment:
        """Servers and who it is there; with the right to these addresses and no others."""
        return {
            **self.store.environment(runs_as, reads=reads, writes=writes),
            **self.registry.environment(Purpose.TRAINING),
            "HOME": "/tmp",
        }

    def container(self, environment: Environment, **more: Any) -> Container:
        """Its container; it finds the document at `FOLDER/FILE`."""
        own, asked = self.jobs.image, self.jobs.resources
        return Container(
            name=self.name,
            image=named(self.cluster, own) if own else self.cluster.image(IMAGE),
            resources=Resources(
                cpu=show_cpu(asked.cpu or _CPU), memory=show_memory(asked.memory or _MEMORY)
            ),
            command=["modelyard-job", f"{FOLDER}/{FILE}"],
            environment=environment,
            **more,
        )

    def _rows(self) -> Mapping[str, Any]:
        """The model's rows, as the store's own clients address them."""
        rows = (self.model.monitor.data if self.model.monitor else None) or Rows()
        known = {
            **{key: getattr(rows, key) for key in _TOLD},
            **{key: list(getattr(rows, key)) or None for key in _LISTED},
            "reference": located(self.store, rows.reference),
            "current": located(self.store, rows.current),
            "window": seconds(rows.window),
        }
        return _given(known)


def located(store: ObjectStore, address: str | None) -> str | None:
    """An address of the blueprint, as the clients of the store that holds it write it."""
    if address is None or store.api is Api.S3:
        return address
    return f"gs://{address.removeprefix('s3://')}"


def windows(model: Model) -> tuple[str, ...]:
    """The rows that a model is judged by, as the blueprint addresses them."""
    rows = (model.monitor.data if model.monitor else None) or Rows()
    return tuple(address for address in (rows.reference, rows.current) if address)


def seconds(length: timedelta | None) -> int | None:
    return int(length.total_seconds()) if length else None


def _named(model: Model) -> Mapping[str, str]:
    return {
        "name": model.name,
        "registered": registered_name(model),
        "alias": alias(model),
        "candidate": candidate_name(model),
    }


def _given(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
