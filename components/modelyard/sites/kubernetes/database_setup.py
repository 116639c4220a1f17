"""Databases and their owners on a server that a cloud runs, made from inside the cluster."""

from __future__ import annotations

import pulumi

from modelyard.contracts.context import Purpose
from modelyard.contracts.database import DatabaseAccess, DatabaseArgs
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.secrets import SecretHandle
from modelyard.objects.manifests import config_map, job, network_policy, selector
from modelyard.objects.objects import Objects
from modelyard.objects.pods import Container, Pod, Resources
from modelyard.sites.kubernetes.postgres import setup_script

SUPERUSER = "database-superuser"
"""Secret with `username` and `password` of the server's own user."""
_NAME = "database"
_SCRIPTS = "/etc/database"
_USER = 999
"""Of the image of PostgreSQL."""


class Owners:
    """Makes a database for each consumer by psql, as the server's own user."""

    def __init__(
        self,
        parent: pulumi.Resource,
        name: str,
        args: DatabaseArgs,
        endpoint: Endpoint,
        login: SecretHandle,
        server: pulumi.Resource,
    ) -> None:
        self._parent, self._args, self._endpoint, self._server = parent, args, endpoint, server
        self._login = login
        self._namespace = args.identity.namespaces[Purpose.PLATFORM]
        self._labels = args.context.labels("postgres")
        self._objects = Objects(parent, name, args.cluster, self._namespace, self._labels)
        files = {"setup.sql": setup_script(superuser=False)}
        self._scripts = self._objects.add(config_map(f"{_NAME}-setup", files), "setup")

    def make(self, consumer: str, access: DatabaseAccess) -> None:
        """One job for each consumer: a consumer that comes later disturbs nobody."""
        name = f"{_NAME}-{consumer}"
        identity = self._args.identity.workload(name, Purpose.PLATFORM, self._parent)
        pod = Pod(
            containers=[self._psql(access)],
            service_account=identity.name,
            volumes={"scripts": {"configMap": {"name": f"{_NAME}-setup"}}},
            labels={**self._labels, **selector(name)},
            user=_USER,
            restart="OnFailure",
        )
        allowed = network_policy(name, selector(name), egress=[self._endpoint])
        policy = self._objects.add(allowed, name)
        after = [self._server, identity.resource, policy, self._scripts, self._login.resource]
        made = job(name, pod, retries=10)
        self._objects.add(made, consumer, after=[*after, access.secret.resource])

    def _psql(self, access: DatabaseAccess) -> Container:
        login: Environment = {
            "PGHOST": self._endpoint.host,
            "PGDATABASE": "postgres",
            "PGUSER": self._login.key("username"),
            "PGPASSWORD": self._login.key("password"),
            "PGSSLMODE": "require",
        }
        owner: Environment = {
            "OWNER": access.user,
            "OWNER_PASSWORD": access.secret.key("password"),
        }
        return Container(
            name="psql",
            image=self._args.cluster.image("postgres"),
            command=["psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1"],
            args=[f"--file={_SCRIPTS}/setup.sql"],
            environment={**login, **owner},
            mounts={_SCRIPTS: "scripts"},
            resources=Resources(cpu="50m", memory="64Mi"),
        )
