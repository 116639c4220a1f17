"""The model registry and experiment tracking: MLflow's server, with accounts and metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import pulumi

from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Endpoint, Environment, Peer
from modelyard.contracts.registry import Login, RegistryArgs
from modelyard.objects import manifests
from modelyard.objects.manifests import Manifest, selector
from modelyard.objects.objects import KubernetesObject, Objects
from modelyard.objects.pods import Container, Pod, Resources
from modelyard.plan.offered import REGISTRY
from modelyard.plan.tags import DOMAIN
from modelyard.workloads import inside
from modelyard.workloads.inside.auth_config import ADMIN
from modelyard.workloads.mlflow_accounts import SESSION, administrator, client, make_accounts

NAME = "mlflow"
IMAGE = "mlflow"
PORT = 5000
METRICS = 9090

_MIGRATE, _ACCOUNTS = f"{NAME}-migrate", f"{NAME}-accounts"
_DATABASE = "MLFLOW_BACKEND_STORE_URI"
_AUTH, _COUNTED = "/etc/mlflow", "/metrics"
_AUTH_CONFIG = {"MLFLOW_AUTH_CONFIG_PATH": f"{_AUTH}/basic_auth.ini"}
_PROGRAMS = ("auth_config", "accounts", "metrics")
_SERVER = Resources(cpu="500m", memory="2Gi")
_TASK = Resources(cpu="100m", memory="1Gi")


class MlflowServer(pulumi.ComponentResource):
    """MLflow on PostgreSQL and an object store; artifacts go through the server, so that clients
    need no key to the store. Two replicas where data are sensitive.
    """

    def __init__(
        self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:registry:MlflowServer", name, None, opts)
        self._args = args
        self._namespace = args.identity.namespaces[Purpose.PLATFORM]
        labels = args.context.labels(NAME)
        self._objects = Objects(self, name, args.cluster, self._namespace, labels)
        self._account = args.identity.workload(NAME, Purpose.PLATFORM, parent=self)
        self._logins = make_accounts(NAME, args.secrets, args.identity.namespaces, parent=self)
        programs = manifests.config_map(f"{NAME}-programs", inside.programs(*_PROGRAMS))
        self._objects.add(programs, "programs")
        self.outside = self._route()
        self._for_sites = self._publish()
        self._network()
        self._keep_accounts(self._serve(self._migrate()))
        self.register_outputs({"endpoint": self.endpoint.url})

    @property
    def endpoint(self) -> Endpoint:
        peer = Peer(self._namespace.name, selector(NAME))
        return Endpoint(host=f"{NAME}.{self._namespace.name}.svc", port=PORT, peer=peer)

    def environment(self, purpose: Purpose) -> Environment:
        """Address and credentials for clients in that namespace."""
        return client(self.endpoint.url, self._logins.clients.by_purpose[purpose])

    @property
    def promoter(self) -> Environment:
        """Address and credentials of what moves aliases; in production's namespace alone."""
        return client(self.endpoint.url, self._logins.clients.promoter)

    @property
    def logins(self) -> Mapping[str, Login]:
        """What clients elsewhere log in with, by account."""
        return self._logins.logins

    def _route(self) -> str | None:
        """The way in from outside, where there is one."""
        ingress = self._args.ingress
        return ingress.route(self._objects, NAME, NAME, PORT) if ingress else None

    def _publish(self) -> str | None:
        """The way in for other sites that show a certificate."""
        way = self._args.east_west_gateway if REGISTRY in self._args.offered else None
        return way.publish(self._objects, NAME, NAME, PORT) if way else None

    def _network(self) -> None:
        args = self._args
        clients = [Peer(namespace.name) for namespace in args.identity.namespaces.values()]
        gateways = [way.peer for way in (args.ingress, args.east_west_gateway) if way]
        ingress = {PORT: [*clients, *gateways]}
        if args.monitoring:
            ingress[METRICS] = [args.monitoring.scraper]
            watch = manifests.service_monitor(NAME, "metrics", args.monitoring.labels)
            self._objects.add(watch)
        database = args.database.access("registry").endpoint
        self._allow(NAME, [database, args.object_store.endpoint], ingress)
        self._allow(_MIGRATE, [database])
        self._allow(_ACCOUNTS, [self.endpoint])
        ports = {"http": PORT, **({"metrics": METRICS} if args.monitoring else {})}
        self._objects.add(manifests.service(NAME, ports))

    def _allow(
        self,
        name: str,
        egress: Sequence[Endpoint],
        ingress: Mapping[int, Sequence[Peer]] | None = None,
    ) -> None:
        policy = manifests.network_policy(name, selector(name), ingress=ingress, egress=egress)
        self._objects.add(policy, name.removeprefix(f"{NAME}-"))

    def _migrate(self) -> KubernetesObject:
        """Bring both schemas to the image's version, once, before a replica of it starts."""
        address = f"$({_DATABASE})"
        tracking = ["mlflow", "db", "upgrade", address]
        auth = ["python", "-m", "mlflow.server.auth", "db", "upgrade", "--url", address]
        before, then = self._task("tracking", tracking), self._task("auth", auth)
        secret = self._args.database.access("registry").secret.resource
        return self._job(_MIGRATE, then, [secret], init=[before])

    def _serve(self, migrated: KubernetesObject) -> KubernetesObject:
        """The server, with the configuration of its accounts written when a pod starts."""
        config = self._task(
            "auth-config",
            ["python", f"{inside.MOUNT}/auth_config.py"],
            _AUTH_CONFIG,
            {inside.MOUNT: "programs", _AUTH: "auth"},
        )
        exporter = [self._exporter()] if self._args.monitoring else []
        pod = self._pod(NAME, [self._server(), *exporter], init=[config])
        replicas = 2 if self._args.context.sensitive else 1
        if replicas > 1:
            self._objects.add(manifests.disruption_budget(NAME))
        after = [migrated, self._logins.server.resource]
        return self._objects.add(manifests.deployment(NAME, pod, replicas), after=after)

    def _server(self) -> Container:
        artifacts = self._args.object_store.address(NAME)
        return Container(
            name=NAME,
            image=self._args.cluster.image(IMAGE),
            resources=_SERVER,
            command=["mlflow", "server"],
            args=[
                *("--host", "0.0.0.0", "--port", str(PORT), "--workers", "2"),
                *("--app-name", "basic-auth", "--expose-prometheus", _COUNTED),
                *("--serve-artifacts", "--artifacts-destination", artifacts),
            ],
            environment=self._server_environment(),
            ports={"http": PORT},
            health="/health",
            startup=300,
            mounts={_AUTH: "auth", _COUNTED: "metrics"},
        )

    def _exporter(self) -> Container:
        """MLflow's own metrics are for administrators: here they have a port of their own."""
        return Container(
            name="metrics",
            image=self._args.cluster.image(IMAGE),
            resources=Resources(cpu="20m", memory="128Mi"),
            command=["python", f"{inside.MOUNT}/metrics.py"],
            environment={"PROMETHEUS_MULTIPROC_DIR": _COUNTED, "METRICS_PORT": str(METRICS)},
            ports={"metrics": METRICS},
            health=METRICS,
            mounts={inside.MOUNT: "programs", _COUNTED: "metrics"},
        )

    def _server_environment(self) -> Environment:
        store, outside = self._args.object_store, self.outside
        artifacts = store.address(f"{NAME}/")
        origins = {"MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": outside} if outside else {}
        return {
            **store.environment(self._account, reads=[artifacts], writes=[artifacts]),
            **self._database(),
            **_AUTH_CONFIG,
            **origins,
            "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(self._hosts()),
            "MLFLOW_AUTH_ADMIN_PASSWORD": self._logins.server.key(ADMIN),
            # The same in every replica: forms are signed with it.
            "MLFLOW_FLASK_SERVER_SECRET_KEY": self._logins.server.key(SESSION),
            # Jobs would run models' own code inside the server.
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }

    def _hosts(self) -> list[str]:
        """What a request may call the server: any other name is an attack on browsers."""
        space = self._namespace.name
        domains = ("", f".{space}", f".{space}.svc", f".{space}.svc.cluster.local")
        published = (urlsplit(url).netloc for url in (self.outside, self._for_sites) if url)
        return [*(f"{NAME}{domain}:{PORT}" for domain in domains), *published]

    def _keep_accounts(self, server: KubernetesObject) -> None:
        """Accounts and guarded models, once the server is there."""
        guarded = [*self._args.guarded, *(copy.model for copy in self._args.copies)]
        environment = administrator(self.endpoint.url, self._logins, guarded)
        command = ["python", f"{inside.MOUNT}/accounts.py"]
        task = self._task("accounts", command, environment, {inside.MOUNT: "programs"})
        self._job(_ACCOUNTS, task, [server])

    def _database(self) -> Environment:
        """One database for tracking and accounts: their tables do not meet."""
        address = self._args.database.access("registry").secret.key("uri")
        return {_DATABASE: address, "HOME": "/tmp", "MLFLOW_DISABLE_TELEMETRY": "true"}

    def _task(
        self,
        name: str,
        command: Sequence[str],
        environment: Environment | None = None,
        mounts: Mapping[str, str] | None = None,
    ) -> Container:
        return Container(
            name=name,
            image=self._args.cluster.image(IMAGE),
            resources=_TASK,
            command=command,
            environment={**self._database(), **(environment or {})},
            mounts=mounts or {},
        )

    def _job(
        self,
        name: str,
        task: Container,
        after: Sequence[pulumi.Resource | None],
        init: Sequence[Container] = (),
    ) -> KubernetesObject:
        pod = self._pod(name, [task], init, restart="OnFailure")
        # A new database takes minutes to answer; each try waits twice as long as the last.
        job = manifests.job(name, pod, retries=10)
        return self._objects.add(job, name.removeprefix(f"{NAME}-"), after=after)

    def _pod(
        self,
        name: str,
        containers: Sequence[Container],
        init: Sequence[Container] = (),
        restart: str | None = None,
    ) -> Pod:
        return Pod(
            containers=containers,
            init=init,
            service_account=self._account.name,
            volumes=_volumes(*containers, *init),
            restart=restart,
            spread=selector(name),
            labels={**self._args.context.labels(NAME), **selector(name)},
            annotations={f"{DOMAIN}/programs": inside.fingerprint(*_PROGRAMS)},
        )


def _volumes(*containers: Container) -> Mapping[str, Manifest]:
    """Of the volumes there are, those that are mounted; the one with a password is in memory."""
    mounted = {name for container in containers for name in container.mounts.values()}
    known = {
        "programs": {"configMap": {"name": f"{NAME}-programs"}},
        "metrics": {"emptyDir": {}},
        "auth": {"emptyDir": {"medium": "Memory"}},
    }
    return {name: known[name] for name in known if name in mounted}
