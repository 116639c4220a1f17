"""The feature store: Feast's own servers over PostgreSQL and, for online features, Valkey or Redis.

Feast knows its callers by nothing but the network here: NetworkPolicies say who may reach which
server. Production reads online features; training also reaches the registry and the offline server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.data_plane import OnlineStore
from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Endpoint, Environment, Peer
from modelyard.contracts.features import FeaturesArgs
from modelyard.objects import manifests
from modelyard.objects.manifests import Manifest, selector
from modelyard.objects.objects import KubernetesObject, Objects
from modelyard.objects.pods import Container, Pod, Resources
from modelyard.plan.tags import DOMAIN
from modelyard.workloads import inside

NAME = "feast"
IMAGE = "feast"
METRICS = 8000
MOST = 4
"""Online servers at most."""
REFRESH = "*/15 * * * *"
"""How often definitions are read from their repository again."""

_CONFIG = "/etc/feast"
_REPO = "/tmp/repo"
_FILE = {"FEAST_FS_YAML_FILE_PATH": f"{_CONFIG}/feature_store.yaml", "HOME": "/tmp"}
_TASK = Resources(cpu="200m", memory="1Gi")


@dataclass(frozen=True)
class Server:
    """One of Feast's servers."""

    name: str
    command: Sequence[str]
    port: int
    health: str | int
    clients: Sequence[Purpose]
    scheme: str = "http"
    metrics: bool = False

    @property
    def ports(self) -> Mapping[str, int]:
        return {"server": self.port, **({"metrics": METRICS} if self.metrics else {})}


REGISTRY = Server(
    f"{NAME}-registry", ("serve_registry", "-p", "6570"), 6570, 6570, (Purpose.TRAINING,), "grpc"
)
ONLINE = Server(
    f"{NAME}-online",
    ("serve", "-h", "0.0.0.0", "-p", "6566", "--workers", "2", "--metrics"),
    6566,
    "/health",
    (Purpose.TRAINING, Purpose.PRODUCTION),
    metrics=True,
)
OFFLINE = Server(
    f"{NAME}-offline",
    ("serve_offline", "-h", "0.0.0.0", "-p", "8815"),
    8815,
    8815,
    (Purpose.TRAINING,),
    "grpc",
)


class FeatureStore(pulumi.ComponentResource):
    """Registry, online and offline server of one project, its definitions applied from Git."""

    def __init__(
        self, name: str, args: FeaturesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:features:FeatureStore", name, None, opts)
        self._args = args
        self._namespace = args.identity.namespaces[Purpose.PLATFORM]
        labels = args.context.labels(NAME)
        self._objects = Objects(self, name, args.cluster, self._namespace, labels)
        self._account = args.identity.workload(NAME, Purpose.PLATFORM, parent=self)
        program = manifests.config_map(f"{NAME}-programs", inside.programs("feast_config"))
        self._objects.add(program, "programs")
        applied = self._apply()
        for server in (REGISTRY, ONLINE, OFFLINE):
            self._serve(server, applied)
        self._scale()
        self._materialize()
        self._tell_clients()
        self.register_outputs({"online": self.online.url, "project": self.project})

    @property
    def project(self) -> str:
        """Feast allows letters, digits and underscores."""
        return re.sub(r"[^A-Za-z0-9]", "_", self._args.context.scope)

    @property
    def online(self) -> Endpoint:
        return self._endpoint(ONLINE)

    @property
    def offline(self) -> Endpoint:
        return self._endpoint(OFFLINE)

    def _endpoint(self, server: Server) -> Endpoint:
        space = self._namespace.name
        host, peer = f"{server.name}.{space}.svc", Peer(space, selector(server.name))
        return Endpoint(host=host, port=server.port, scheme=server.scheme, peer=peer)

    def _apply(self) -> KubernetesObject:
        """The project with its definitions, before any server; then again and again from Git."""
        name, repo = f"{NAME}-apply", self._args.settings.repo
        folder = f"{_REPO}/{self._args.settings.path}" if repo else "/tmp"
        apply = self._container("apply", ["feast", "--chdir", folder, "apply"])
        pod = self._pod(name, apply, clone=repo, restart="Never")
        self._allow(name, internet=(443,) if repo else ())
        if repo:
            self._objects.add(manifests.cron_job(name, pod, REFRESH), "apply")
        return self._objects.add(manifests.job(name, pod), "apply")

    def _serve(self, server: Server, applied: KubernetesObject) -> None:
        args = self._args
        ingress = {server.port: [Peer(args.identity.namespaces[p].name) for p in server.clients]}
        if server.metrics and args.monitoring:
            ingress[METRICS] = [args.monitoring.scraper]
            watch = manifests.service_monitor(server.name, "metrics", args.monitoring.labels)
            self._objects.add(watch, server.name)
        self._allow(server.name, ingress=ingress)
        self._objects.add(manifests.service(server.name, server.ports), server.name)
        container = self._container(server.name, ["feast", *server.command], server)
        scaled = server is ONLINE
        replicas = None if scaled else self._fewest
        deployment = manifests.deployment(server.name, self._pod(server.name, container), replicas)
        self._objects.add(deployment, server.name, after=[applied])
        if scaled or self._fewest > 1:
            self._objects.add(manifests.disruption_budget(server.name), server.name)

    @property
    def _fewest(self) -> int:
        return 2 if self._args.context.sensitive else 1

    def _scale(self) -> None:
        """Online features are read with every prediction: their servers follow the load."""
        target = {"type": "Utilization", "averageUtilization": 70}
        spec = {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": ONLINE.name},
            "minReplicas": self._fewest,
            "maxReplicas": MOST,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        }
        kind, metadata = "HorizontalPodAutoscaler", {"name": ONLINE.name}
        self._objects.add(
            {"apiVersion": "autoscaling/v2", "kind": kind, "metadata": metadata, "spec": spec}
        )

    def _materialize(self) -> None:
        """Bring what is new in the offline store into the online one, on the team's schedule."""
        schedule, name = self._args.settings.materialize, f"{NAME}-materialize"
        if schedule is None:
            return
        until = 'exec feast materialize-incremental "$(date -u +%Y-%m-%dT%H:%M:%S)"'
        container = self._container("materialize", ["bash", "-c", until])
        pod = self._pod(name, container, restart="Never")
        self._allow(name)
        self._objects.add(manifests.cron_job(name, pod, schedule), "materialize")

    def _tell_clients(self) -> None:
        """A `feature_store.yaml` for the SDK, where training sets are made."""
        registry = self._endpoint(REGISTRY)
        settings = {
            **self._head(),
            "registry": {"registry_type": "remote", "path": f"{registry.host}:{registry.port}"},
            "online_store": {"type": "remote", "path": self.online.url},
            "offline_store": {
                "type": "remote",
                "host": self.offline.host,
                "port": self.offline.port,
            },
        }
        training = self._args.identity.namespaces[Purpose.TRAINING]
        labels = self._args.context.labels(NAME)
        objects = Objects(
            self, f"{self._objects.name}-client", self._args.cluster, training, labels
        )
        text = json.dumps(settings, indent=2)
        objects.add(manifests.config_map(f"{NAME}-client", {"feature_store.yaml": text}))

    def _head(self) -> dict[str, Any]:
        return {
            "project": self.project,
            "provider": "local",
            "auth": {"type": "no_auth"},
            "entity_key_serialization_version": 3,
        }

    def _settings(self) -> Mapping[str, Any]:
        """The servers' settings without secrets; those are added where the file is written."""
        alive = {"pool_pre_ping": True}
        registry = {"registry_type": "sql", "cache_ttl_seconds": 60}
        return {
            **self._head(),
            "registry": {**registry, "sqlalchemy_config_kwargs": alive},
            "online_store": self._online_store(),
            "offline_store": {"type": "postgres"},
        }

    def _online_store(self) -> Mapping[str, Any]:
        if self._args.settings.online is OnlineStore.POSTGRES:
            return {"type": "postgres", "conn_type": "pool"}
        cache = self._cache
        tls = ",ssl=true" if cache.tls else ""
        where = f"{cache.endpoint.host}:{cache.endpoint.port}{tls}"
        return {"type": "redis", "connection_string": where}

    @property
    def _cache(self) -> Any:
        assert self._args.cache is not None  # the placement of such an online store needs it
        return self._args.cache

    def _secrets(self) -> Environment:
        uri = self._args.database.access("features").secret.key("uri")
        if self._args.settings.online is OnlineStore.POSTGRES:
            return {"DATABASE_URI": uri}
        return {"DATABASE_URI": uri, "CACHE_PASSWORD": self._cache.secret.key("password")}

    def _allow(
        self,
        name: str,
        ingress: Mapping[int, Sequence[Peer]] | None = None,
        internet: Sequence[int] = (),
    ) -> None:
        """Everything of Feast's reaches its stores."""
        egress = [self._args.database.access("features").endpoint]
        if self._args.settings.online is not OnlineStore.POSTGRES:
            egress.append(self._cache.endpoint)
        policy = manifests.network_policy(
            name, selector(name), ingress=ingress, egress=egress, internet=internet
        )
        self._objects.add(policy, name)

    def _container(
        self, name: str, command: Sequence[str], server: Server | None = None
    ) -> Container:
        return Container(
            name=name,
            image=self._args.cluster.image(IMAGE),
            resources=Resources(cpu="500m", memory="1Gi") if server else _TASK,
            command=command,
            environment=_FILE,
            ports=server.ports if server else {},
            health=server.health if server else None,
            startup=120,
            mounts={_CONFIG: "config"},
        )
