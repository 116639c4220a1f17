"""PostgreSQL with standbys and failover, by CloudNativePG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.blueprint.units import show_memory
from modelyard.catalog.operators import operator
from modelyard.contracts.context import Purpose
from modelyard.contracts.database import DatabaseAccess, DatabaseArgs
from modelyard.contracts.endpoint import Endpoint, Peer
from modelyard.contracts.keys import Certificate
from modelyard.objects.manifests import network_policy
from modelyard.objects.objects import Objects
from modelyard.sites.kubernetes.backups import Backups
from modelyard.sites.kubernetes.database import PORT, generated_access, in_cluster
from modelyard.sites.kubernetes.network import API_SERVER_PORTS
from modelyard.sites.kubernetes.references import secret_name

_API = "postgresql.cnpg.io/v1"
_NAME = "postgres"
_PODS = {"cnpg.io/cluster": _NAME}
_STATUS_PORT = 8000
_STANDBYS = 3
_READY = {"pulumi.com/waitFor": "condition=Ready"}


class CloudNativePg(pulumi.ComponentResource):
    """A primary with standbys; a role and a database for each consumer; no superuser to log in."""

    def __init__(
        self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:database:CloudNativePg", name, None, opts)
        self._args = args
        self._namespace = args.identity.namespaces[Purpose.PLATFORM]
        labels = args.context.labels("postgres")
        self._objects = Objects(self, name, args.cluster, self._namespace, labels)
        self.endpoint = in_cluster(args, f"{_NAME}-rw", _PODS)
        self._accesses = {consumer: self._access(consumer) for consumer in args.consumers}
        self._allow()
        cluster = self._cluster()
        for consumer, access in self._accesses.items():
            self._objects.add(_database(consumer, access), consumer, after=[cluster])
        Backups(self._objects, args, _NAME, tuple(self._accesses.values())).make()
        self.register_outputs({"endpoint": self.endpoint.url, "databases": list(args.consumers)})

    def access(self, consumer: str) -> DatabaseAccess:
        """The database of one of the consumers named in the arguments."""
        return self._accesses[consumer]

    def _access(self, consumer: str) -> DatabaseAccess:
        # The operator makes certificates of its own where there are none.
        return generated_access(self._args, consumer, self.endpoint, tls=True, parent=self)

    def _allow(self) -> None:
        """Clients; the operator; each instance with the others and with the API server."""
        namespace = self._namespace.name
        operator_pods = {"app.kubernetes.io/name": "cloudnative-pg"}
        manager = Peer(operator("cloudnative-pg").namespace, operator_pods)
        instances = Peer(namespace, _PODS)
        allowed = network_policy(
            _NAME,
            _PODS,
            ingress={PORT: [Peer(namespace), manager], _STATUS_PORT: [instances, manager]},
            egress=[
                Endpoint(host=_NAME, port=port, peer=instances) for port in (PORT, _STATUS_PORT)
            ],
            internet=API_SERVER_PORTS,
        )
        self._objects.add(allowed)

    def _cluster(self) -> pulumi.Resource:
        certificate = self._certificate()
        manifest = {
            "apiVersion": _API,
            "kind": "Cluster",
            "metadata": {"name": _NAME, "annotations": _READY},
            "spec": {
                **self._size(),
                **self._pull_secret(),
                **_SPREAD,
                "imageName": self._args.cluster.image("cnpg-postgres"),
                "enableSuperuserAccess": False,
                "bootstrap": {"initdb": {"dataChecksums": True, "encoding": "UTF8"}},
                "managed": {"roles": [_role(access) for access in self._accesses.values()]},
                "inheritedMetadata": {"labels": dict(self._objects.labels)},
                "resources": {
                    "requests": {"cpu": "500m", "memory": "1Gi"},
                    "limits": {"memory": "1Gi"},
                },
                **({"certificates": _certificates(certificate)} if certificate else {}),
            },
        }
        secrets = [access.secret.resource for access in self._accesses.values()]
        after = [*secrets, certificate.resource if certificate else None]
        return self._objects.add(manifest, after=after, stateful=self._args.context.protect)

    def _size(self) -> Mapping[str, Any]:
        settings, storage_class = self._args.site.database, self._args.cluster.facts.storage_class
        instances = settings.instances or _STANDBYS
        storage: dict[str, Any] = {"size": show_memory(settings.size)}
        if storage_class:
            storage["storageClass"] = storage_class
        # One standby has every transaction before it counts; with a single one, losing it would
        # stop all writes.
        synchronous = {"synchronous": {"method": "any", "number": 1}} if instances > 2 else {}
        return {
            "instances": instances,
            "storage": storage,
            "postgresql": {"parameters": {"shared_buffers": "256MB"}, **synchronous},
        }

    def _pull_secret(self) -> Mapping[str, Any]:
        """The operator's own service account does not carry the one of the platform."""
        mirror = self._args.site.mirror
        if mirror is None or mirror.secret is None:
            return {}
        return {"imagePullSecrets": [{"name": secret_name(mirror.secret)}]}

    def _certificate(self) -> Certificate | None:
        if self._args.keys is None:
            return None
        space = self._namespace.name
        services = (f"{_NAME}-rw", f"{_NAME}-r", f"{_NAME}-ro")
        hosts = [(s, f"{s}.{space}", f"{s}.{space}.svc") for s in services]
        names = tuple(host for names in hosts for host in names)
        return self._args.keys.certificate(_NAME, self._namespace, names, self)


_SPREAD: Mapping[str, Any] = {
    "affinity": {
        "enablePodAntiAffinity": True,
        "podAntiAffinityType": "preferred",
        "topologyKey": "kubernetes.io/hostname",
    },
    "topologySpreadConstraints": [
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": _PODS},
        }
    ],
}


def _role(access: DatabaseAccess) -> Mapping[str, Any]:
    return {
        "name": access.user,
        "ensure": "present",
        "login": True,
        "passwordSecret": {"name": access.secret.name},
    }


def _certificates(certificate: Certificate) -> Mapping[str, str]:
    return {"serverTLSSecret": certificate.secret, "serverCASecret": certificate.secret}


def _database(consumer: str, access: DatabaseAccess) -> Mapping[str, Any]:
    """Destroying the platform lets go of the database; its contents go with the volume alone."""
    return {
        "apiVersion": _API,
        "kind": "Database",
        "metadata": {
            "name": f"{_NAME}-{consumer}",
            "annotations": {"pulumi.com/waitFor": "jsonpath={.status.applied}=true"},
        },
        "spec": {
            "cluster": {"name": _NAME},
            "name": access.database,
            "owner": access.user,
            "ensure": "present",
            "databaseReclaimPolicy": "retain",
        },
    }
