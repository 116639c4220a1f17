"""The feature store: Feast's own servers over PostgreSQL and, for online features, Valkey or Redis.

Feast knows its callers by nothing but the network here: NetworkPolicies say who may reach which
server. Production reads online features; training also reaches the registry and the offline server.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pulumi

from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Endpoint, Peer
from modelyard.contracts.features import FeaturesArgs
from modelyard.objects import manifests
from modelyard.objects.manifests import selector
from modelyard.objects.objects import KubernetesObject, Objects
from modelyard.objects.pods import Container, Pod, Resources
from modelyard.plan.tags import DOMAIN
from modelyard.workloads import feast_settings as settings
from modelyard.workloads import inside
from modelyard.workloads.feast_servers import (
    METRICS,
    NAME,
    OFFLINE,
    ONLINE,
    REGISTRY,
    SERVERS,
    Server,
)

IMAGE = "feast"
MOST = 4
"""Online servers at most."""
REFRESH = "*/15 * * * *"
"""How often definitions are read from their repository again."""

_APPLY, _MATERIALIZE, _PROGRAMS = f"{NAME}-apply", f"{NAME}-materialize", f"{NAME}-programs"
_CONFIG, _REPO = "/etc/feast", "/repo"
_HOME = {"FEAST_FS_YAML_FILE_PATH": f"{_CONFIG}/feature_store.yaml", "HOME": "/tmp"}
_TASK, _SERVER = Resources(cpu="200m", memory="1Gi"), Resources(cpu="500m", memory="1Gi")
_UNTIL_NOW = 'exec feast materialize-incremental "$(date -u +%Y-%m-%dT%H:%M:%S)"'


class FeatureStore(pulumi.ComponentResource):
    """Registry, online and offline server of one project, its definitions applied from Git."""

    def __init__(
        self, name: str, args: FeaturesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:features:FeatureStore", name, None, opts)
        self._name, self._args = name, args
        self._namespace = args.identity.namespaces[Purpose.PLATFORM]
        self._objects = self._objects_in(Purpose.PLATFORM)
        self._account = args.identity.workload(NAME, Purpose.PLATFORM, parent=self)
        programs = manifests.config_map(_PROGRAMS, inside.programs("feast_config"))
        self._objects.add(programs, "programs")
        applied = self._apply()
        for server in SERVERS:
            self._network(server)
            self._serve(server, applied)
        self._materialize()
        self._tell_clients()
        self.register_outputs({"online": self.online.url, "offline": self.offline.url})

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

    def _objects_in(self, purpose: Purpose) -> Objects:
        space, labels = self._args.identity.namespaces[purpose], self._args.context.labels(NAME)
        return Objects(self, self._name, self._args.cluster, space, labels)

    def _apply(self) -> KubernetesObject:
        """The project and its tables, before any server; from Git again and again after that."""
        repo = self._args.settings.repo
        folder = f"{_REPO}/{self._args.settings.path}" if repo else "/tmp"
        apply = self._container("apply", ["feast", "--chdir", folder, "apply"])
        pod = self._pod(_APPLY, apply, init=[self._clone(repo)] if repo else [], restart="Never")
        # No NetworkPolicy can name its host, not even one of the site's own.
        self._allow(_APPLY, internet=(443,) if repo else ())
        if repo:
            self._objects.add(manifests.cron_job(_APPLY, pod, REFRESH), "apply")
        # A new database takes minutes to answer; each try waits twice as long as the last.
        made = manifests.job(_APPLY, pod, retries=10)
        secret = self._args.database.access("features").secret.resource
        return self._objects.add(made, "apply", after=[secret])

    def _clone(self, repo: str) -> Container:
        """The newest commit of the repository's main line."""
        return self._container("clone", ["git", "clone", "--depth", "1", repo, _REPO])

    def _network(self, server: Server) -> None:
        """Who may reach a server; Prometheus among them where it has metrics."""
        args, namespaces = self._args, self._args.identity.namespaces
        ingress = {server.port: [Peer(namespaces[purpose].name) for purpose in server.clients]}
        if server.metrics and args.monitoring:
            ingress[METRICS] = [args.monitoring.scraper]
            watch = manifests.service_monitor(server.name, "metrics", args.monitoring.labels)
            self._objects.add(watch, server.part)
        self._allow(server.name, ingress)
        self._objects.add(manifests.service(server.name, server.ports), server.part)

    def _serve(self, server: Server, applied: KubernetesObject) -> None:
        fewest = 2 if self._args.context.sensitive else 1
        container = self._container(server.name, ["feast", *server.command], server)
        pod = self._pod(server.name, container)
        replicas = None if server.scaled else fewest
        deployment = manifests.deployment(server.name, pod, replicas)
        self._objects.add(deployment, server.part, after=[applied])
        if server.scaled:
            self._objects.add(manifests.autoscaler(server.name, fewest, MOST), server.part)
        if server.scaled or fewest > 1:
            self._objects.add(manifests.disruption_budget(server.name), server.part)

    def _materialize(self) -> None:
        """Bring what is new in the offline store into the online one, on the team's schedule."""
        schedule = self._args.settings.materialize
        if schedule is None:
            return
        container = self._container("materialize", ["bash", "-c", _UNTIL_NOW])
        pod = self._pod(_MATERIALIZE, container, restart="Never")
        self._allow(_MATERIALIZE)
        self._objects.add(manifests.cron_job(_MATERIALIZE, pod, schedule), "materialize")

    def _tell_clients(self) -> None:
        """A `feature_store.yaml` for the SDK, where training sets are made."""
        registry = self._endpoint(REGISTRY)
        known = settings.client_settings(self._args, registry, self.online, self.offline)
        file = {"feature_store.yaml": json.dumps(known, indent=2)}
        told = manifests.config_map(f"{NAME}-client", file)
        self._objects_in(Purpose.TRAINING).add(told, "client")

    def _allow(
        self,
        name: str,
        ingress: Mapping[int, Sequence[Peer]] | None = None,
        internet: Sequence[int] = (),
    ) -> None:
        egress = settings.stores(self._args)
        policy = manifests.network_policy(
            name, selector(name), ingress=ingress, egress=egress, internet=internet
        )
        self._objects.add(policy, name.removeprefix(f"{NAME}-"))

    def _container(
        self, name: str, command: Sequence[str], server: Server | None = None
    ) -> Container:
        return Container(
            name=name,
            image=self._args.cluster.image(IMAGE),
            resources=_SERVER if server else _TASK,
            command=command,
            environment=_HOME,
            ports=server.ports if server else {},
            health=server.health if server else None,
            startup=120,
            mounts={_CONFIG: "config", _REPO: "repo"},
        )

    def _config(self) -> Container:
        """Writes the settings with their passwords, into memory."""
        store = pulumi.Output.json_dumps(settings.server_settings(self._args))
        return Container(
            name="config",
            image=self._args.cluster.image(IMAGE),
            resources=_TASK,
            command=["python", f"{inside.MOUNT}/feast_config.py"],
            environment={**_HOME, **settings.secrets(self._args), "STORE": store},
            mounts={_CONFIG: "config", inside.MOUNT: "programs"},
        )

    def _pod(
        self,
        name: str,
        container: Container,
        init: Sequence[Container] = (),
        restart: str | None = None,
    ) -> Pod:
        return Pod(
            containers=[container],
            init=[self._config(), *init],
            service_account=self._account.name,
            volumes={
                "programs": {"configMap": {"name": _PROGRAMS}},
                "config": {"emptyDir": {"medium": "Memory"}},
                "repo": {"emptyDir": {}},
            },
            restart=restart,
            spread=selector(name),
            labels={**self._args.context.labels(NAME), **selector(name)},
            annotations={f"{DOMAIN}/programs": inside.fingerprint("feast_config")},
        )
