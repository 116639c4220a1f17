"""PostgreSQL: what its engines share, and a server that is there already."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from modelyard.contracts.context import Purpose
from modelyard.contracts.database import DatabaseAccess, DatabaseArgs
from modelyard.contracts.endpoint import Endpoint, Peer
from modelyard.contracts.secrets import Gathered, SecretHandle
from modelyard.sites.kubernetes.references import secret_name

PORT = 5432


class AttachedDatabase(pulumi.ComponentResource):
    """Databases on a server that is there already.

    Each consumer has one called `<platform>_<consumer>`, with an owner of the same name whose
    `username` and `password` are kept in the secret `NAME-<consumer>`.
    """

    def __init__(
        self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:database:AttachedDatabase", name, None, opts)
        self._accesses = {consumer: _attached(args, consumer) for consumer in args.consumers}
        self.register_outputs({"databases": list(args.consumers)})

    def access(self, consumer: str) -> DatabaseAccess:
        """The database of one of the consumers named in the arguments."""
        return self._accesses[consumer]


def _attached(args: DatabaseArgs, consumer: str) -> DatabaseAccess:
    attach = args.site.database.attach
    assert attach is not None  # placed only where the blueprint names a server
    endpoint = Endpoint(host=attach.host, port=attach.port, scheme="postgresql")
    database = role_name(f"{args.context.scope}-{consumer}")
    mode = "require" if attach.tls else "disable"
    login = "{{ .username | urlquery }}:{{ .password | urlquery }}"
    uri = f"postgresql://{login}@{attach.host}:{attach.port}/{database}?sslmode={mode}"
    wanted = Gathered(
        name=f"{secret_name(attach.secret)}-{consumer}",
        keys=("username", "password"),
        templates={"uri": uri},
    )
    secret = args.secrets.gather(wanted, args.identity.namespaces[Purpose.PLATFORM])
    return DatabaseAccess(endpoint, database, database, secret)


def role_name(name: str) -> str:
    """A name that PostgreSQL takes without quotes; a role and its database share it."""
    return name.replace("-", "_")


def in_cluster(args: DatabaseArgs, service: str, pods: Mapping[str, str]) -> Endpoint:
    """A server behind a Service of the platform's namespace."""
    namespace = args.identity.namespaces[Purpose.PLATFORM].name
    host = f"{service}.{namespace}.svc"
    return Endpoint(host=host, port=PORT, scheme="postgresql", peer=Peer(namespace, pods))


def generated_access(
    args: DatabaseArgs, consumer: str, endpoint: Endpoint, *, tls: bool, parent: pulumi.Resource
) -> DatabaseAccess:
    """A database and owner named after their consumer, with a password made here."""
    user, password = role_name(consumer), args.secrets.password(f"database-{consumer}", parent)
    place = f":{endpoint.port}/{user}?sslmode={'require' if tls else 'disable'}"
    values = {
        "username": user,
        "password": password,
        "uri": pulumi.Output.concat(f"postgresql://{user}:", password, "@", endpoint.host, place),
    }
    namespace = args.identity.namespaces[Purpose.PLATFORM]
    secret: SecretHandle = args.secrets.store(f"postgres-{consumer}", namespace, values, parent)
    return DatabaseAccess(endpoint, user, user, secret)
