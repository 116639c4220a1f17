"""Databases and owners on a PostgreSQL server of Google's, whichever service runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from modelyard.contracts.context import Purpose
from modelyard.contracts.database import DatabaseAccess, DatabaseArgs
from modelyard.contracts.endpoint import Endpoint
from modelyard.contracts.secrets import SecretHandle
from modelyard.sites.kubernetes.database import PORT, generated_access
from modelyard.sites.kubernetes.database_setup import SUPERUSER as LOGIN
from modelyard.sites.kubernetes.database_setup import Owners

SUPERUSER = "modelyard"


@dataclass(frozen=True)
class Superuser:
    """The server's own user: its password, and where the cluster has it."""

    password: pulumi.Output[str]
    secret: SecretHandle


def superuser(args: DatabaseArgs, parent: pulumi.Resource) -> Superuser:
    """Made at random; nobody but the jobs that make databases ever uses it."""
    password = args.secrets.password(LOGIN, parent)
    values = {"username": SUPERUSER, "password": password}
    namespace = args.identity.namespaces[Purpose.PLATFORM]
    return Superuser(password, args.secrets.store(LOGIN, namespace, values, parent))


def make_databases(
    parent: pulumi.Resource,
    name: str,
    args: DatabaseArgs,
    host: pulumi.Input[str],
    login: Superuser,
    ready: pulumi.Resource,
) -> Mapping[str, DatabaseAccess]:
    """A database for each consumer, whose owner has no right in any other.

    Users that Google itself makes may do nearly everything; those made here may not.
    """
    endpoint = Endpoint(host=host, port=PORT, scheme="postgresql")
    accesses = {
        consumer: generated_access(args, consumer, endpoint, tls=True, parent=parent)
        for consumer in args.consumers
    }
    owners = Owners(parent, name, args, endpoint, login.secret, ready)
    for consumer, access in accesses.items():
        owners.make(consumer, access)
    return accesses
