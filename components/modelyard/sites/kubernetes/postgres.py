"""One PostgreSQL server, without an operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.blueprint.units import show_memory
from modelyard.contracts.context import Purpose
from modelyard.contracts.database import DatabaseAccess, DatabaseArgs
from modelyard.contracts.endpoint import Environment, Peer
from modelyard.contracts.keys import Certificate
from modelyard.contracts.secrets import SecretHandle
from modelyard.objects.manifests import (
    config_map,
    cron_job,
    job,
    network_policy,
    selector,
    service,
    stateful_set,
)
from modelyard.objects.objects import Objects
from modelyard.objects.pods import Container, Pod, Resources
from modelyard.sites.kubernetes.backups import Backups
from modelyard.sites.kubernetes.database import PORT, generated_access, in_cluster

_NAME = "postgres"
_USER = 999


class Postgres(pulumi.ComponentResource):
    """One server with a volume; a database for each consumer; a copy of each every night."""

    def __init__(
        self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:database:Postgres", name, None, opts)
        self._args = args
        self._namespace = args.identity.namespaces[Purpose.PLATFORM]
        self._labels = args.context.labels("postgres")
        self._objects = Objects(self, name, args.cluster, self._namespace, self._labels)
        self.endpoint = in_cluster(args, _NAME, selector(_NAME))
        self._superuser = self._make_superuser()
        server = self._server()
        self._accesses = {consumer: self._access(consumer) for consumer in args.consumers}
        for consumer in args.consumers:
            self._set_up(consumer, server)
        if args.keys is not None:
            self._reload(server)
        Backups(self._objects, args, _NAME, tuple(self._accesses.values())).make()
        self.register_outputs({"endpoint": self.endpoint.url, "databases": list(args.consumers)})

    def access(self, consumer: str) -> DatabaseAccess:
        """The database of one of the consumers named in the arguments."""
        return self._accesses[consumer]

    def _access(self, consumer: str) -> DatabaseAccess:
        tls = self._args.keys is not None
        return generated_access(self._args, consumer, self.endpoint, tls=tls, parent=self)

    def _make_superuser(self) -> SecretHandle:
        password = self._args.secrets.password("database-superuser", self)
        values = {"password": password}
        return self._args.secrets.store(f"{_NAME}-superuser", self._namespace, values, self)

    def _server(self) -> pulumi.Resource:
        identity = self._args.identity.workload(_NAME, Purpose.PLATFORM, self)
        certificate = self._certificate()
        pod = Pod(
            containers=[self._container(certificate)],
            service_account=identity.name,
            volumes=_volumes(certificate),
            labels={**self._labels, **selector(_NAME)},
            user=_USER,
            grace=60,
        )
        allowed = network_policy(
            _NAME, selector(_NAME), ingress={PORT: [Peer(self._namespace.name)]}
        )
        self._objects.add(allowed)
        self._objects.add(service(_NAME, {_NAME: PORT}))
        files = {"pg_hba.conf": hba(tls=certificate is not None), "setup.sql": setup_script()}
        config = self._objects.add(config_map(_NAME, files))
        claim = {"data": show_memory(self._args.site.database.size)}
        return self._objects.add(
            stateful_set(_NAME, pod, claim, self._args.cluster.facts.storage_class),
            after=[
                identity.resource,
                config,
                self._superuser.resource,
                certificate.resource if certificate else None,
            ],
            stateful=self._args.context.protect,
        )

    def _certificate(self) -> Certificate | None:
        if self._args.keys is None:
            return None
        short = f"{_NAME}.{self._namespace.name}"
        hosts = (f"{short}.svc", short, _NAME)
        return self._args.keys.certificate(_NAME, self._namespace, hosts, self)

    def _container(self, certificate: Certificate | None) -> Container:
        tls = {"/etc/postgres-tls": "tls"} if certificate else {}
        return Container(
            name=_NAME,
            image=self._args.cluster.image("postgres"),
            args=["-c", "hba_file=/etc/postgres/pg_hba.conf", *(_TLS if certificate else [])],
            environment={"POSTGRES_PASSWORD": self._superuser.key("password")},
            ports={_NAME: PORT},
            health=["pg_isready", "--username=postgres", "--host=127.0.0.1"],
            startup=300,
            writable=("/tmp", "/var/run/postgresql"),
            mounts={"/var/lib/postgresql": "data", "/etc/postgres": "config", **tls},
            resources=Resources(cpu="250m", memory="1Gi"),
        )

    def _set_up(self, consumer: str, server: pulumi.Resource) -> None:
        """One job for each consumer: a consumer that comes later disturbs nobody."""
        access, name = self._accesses[consumer], f"{_NAME}-{consumer}"
        owner: Environment = {
            "OWNER": access.user,
            "OWNER_PASSWORD": access.secret.key("password"),
        }
        psql = self._psql("--file=/etc/postgres/setup.sql", owner)
        pod, needed = self._client(name, psql)
        after = [server, *needed, access.secret.resource]
        self._objects.add(job(name, pod, retries=10), consumer, after=after)

    def _reload(self, server: pulumi.Resource) -> None:
        """A renewed certificate is there a month before the old one ends; taken up every night."""
        name = f"{_NAME}-reload"
        pod, needed = self._client(name, self._psql("--command=SELECT pg_reload_conf()", {}))
        self._objects.add(cron_job(name, pod, "7 2 * * *"), "reload", after=[server, *needed])

    def _client(self, name: str, container: Container) -> tuple[Pod, list[pulumi.Resource]]:
        """A pod that may reach the server, and what it needs."""
        identity = self._args.identity.workload(name, Purpose.PLATFORM, self)
        pod = Pod(
            containers=[container],
            service_account=identity.name,
            volumes={"config": {"configMap": {"name": _NAME}}},
            labels={**self._labels, **selector(name)},
            user=_USER,
            restart="OnFailure",
        )
        allowed = network_policy(name, selector(name), egress=[self.endpoint])
        return pod, [identity.resource, self._objects.add(allowed, name)]

    def _psql(self, what: str, environment: Environment) -> Container:
        """Psql as the superuser, from inside the platform's namespace."""
        superuser: Environment = {
            "PGHOST": self.endpoint.host,
            "PGUSER": "postgres",
            "PGDATABASE": "postgres",
            "PGPASSWORD": self._superuser.key("password"),
            "PGSSLMODE": "require" if self._args.keys else "disable",
        }
        return Container(
            name="psql",
            image=self._args.cluster.image("postgres"),
            command=["psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", what],
            environment={**superuser, **environment},
            mounts={"/etc/postgres": "config"},
            resources=Resources(cpu="50m", memory="64Mi"),
        )


_TLS = [
    "-c",
    "ssl=on",
    "-c",
    "ssl_cert_file=/etc/postgres-tls/tls.crt",
    "-c",
    "ssl_key_file=/etc/postgres-tls/tls.key",
]


def hba(*, tls: bool) -> str:
    """Who may connect: everybody with a password, and encrypted where there are certificates."""
    host = "hostssl" if tls else "host"
    local = ["local all all scram-sha-256", "host all all 127.0.0.1/32 scram-sha-256"]
    return "\n".join((*local, f"{host} all all all scram-sha-256", ""))


def _volumes(certificate: Certificate | None) -> Mapping[str, Mapping[str, Any]]:
    """PostgreSQL refuses a key that others than its group can read."""
    tls = {"secretName": certificate.secret, "defaultMode": 0o440} if certificate else None
    return {
        "config": {"configMap": {"name": _NAME}},
        **({"tls": {"secret": tls}} if tls else {}),
    }


def setup_script(*, superuser: bool = True) -> str:
    """Psql's script for one owner: makes what is missing, sets the password anew, and keeps the
    other owners out. Reads OWNER and OWNER_PASSWORD from the environment.

    Who is no `superuser` has to belong to a role before it may give that role a database.
    """
    joined = "" if superuser else r"SELECT format('GRANT %I TO CURRENT_USER', :'owner') \gexec"
    return _SCRIPT.replace("@joined@\n", f"{joined}\n" if joined else "")


_SCRIPT = r"""\getenv owner OWNER
\getenv secret OWNER_PASSWORD
SELECT format('CREATE ROLE %I', :'owner')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec
SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', :'owner', :'secret') \gexec
@joined@
SELECT format('CREATE DATABASE %I OWNER %I', :'owner', :'owner')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'owner') \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'owner') \gexec
"""
