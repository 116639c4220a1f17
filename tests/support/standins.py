"""What a model server is given by other parts of a platform, at its simplest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Endpoint, Environment, Peer, SecretKey
from modelyard.contracts.gpu_pool import Scheduling
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.object_store import Api


@dataclass
class Store:
    """An object store in the platform's namespace."""

    bucket: str = "yard"
    region: str = "us-east-1"
    api: Api = Api.S3
    endpoint: Endpoint = field(
        default_factory=lambda: Endpoint(
            host="objects.yard-platform.svc", port=8333, peer=Peer("yard-platform", {"is": "store"})
        )
    )

    asked: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    """Who asked for what: the workload, what it reads and what it writes."""

    def environment(
        self,
        workload: WorkloadIdentity,
        *,
        reads: Sequence[str] = (),
        writes: Sequence[str] = (),
        adds: Sequence[str] = (),
    ) -> Environment:
        self.asked.append((workload.name, tuple(reads), tuple(writes)))
        purpose = workload.namespace.purpose
        return {"AWS_ACCESS_KEY_ID": SecretKey(f"store-{purpose}", "access_key")}

    def address(self, prefix: str) -> str:
        return f"s3://{self.bucket}/{prefix}"


@dataclass
class Registry:
    endpoint: Endpoint = field(
        default_factory=lambda: Endpoint(
            host="mlflow.yard-platform.svc", port=5000, peer=Peer("yard-platform", {"is": "mlflow"})
        )
    )

    def environment(self, purpose: Purpose) -> Environment:
        key = SecretKey(f"mlflow-{purpose}", "password")
        return {"MLFLOW_TRACKING_URI": self.endpoint.url, "MLFLOW_TRACKING_PASSWORD": key}


@dataclass
class GpuPool:
    """Accelerators of the kind that the plan chose, behind a taint."""

    queue: str | None = None

    def schedule(self, model: Any) -> Scheduling:
        return Scheduling(
            resources={"nvidia.com/gpu": str(model.count)},
            node_selector={"pool": model.machine},
            tolerations=({"key": "nvidia.com/gpu", "operator": "Exists"},),
            queue=self.queue,
        )

    def training(self, gpus: int) -> Scheduling:
        return Scheduling(resources={"nvidia.com/gpu": str(gpus)})


@dataclass
class Monitoring:
    scraper: Peer = field(default_factory=lambda: Peer("monitoring", {"is": "prometheus"}))
    labels: Mapping[str, str] = field(default_factory=lambda: {"release": "yard"})
    prometheus: Endpoint = field(
        default_factory=lambda: Endpoint(host="prometheus.monitoring.svc", port=9090)
    )


@dataclass
class Ingress:
    """A gateway that remembers what it was asked to route to."""

    peer: Peer = field(default_factory=lambda: Peer("gateway", {"is": "proxy"}))
    routes: list[tuple[str, str, int]] = field(default_factory=list)

    def route(
        self,
        objects: Any,
        name: str,
        service: str,
        port: int,
        *,
        overflow: Any = None,
        mirror: Any = None,
    ) -> str:
        assert overflow is None
        assert mirror is None
        self.routes.append((name, service, port))
        return f"https://{name}.yard.example"


@dataclass
class Features:
    online: Endpoint = field(
        default_factory=lambda: Endpoint(
            host="feast.yard-platform.svc", port=6566, peer=Peer("yard-platform", {"is": "feast"})
        )
    )
    offline: Endpoint = field(
        default_factory=lambda: Endpoint(host="feast-offline.yard-platform.svc", port=8815)
    )
