"""Memorystore: Redis or Valkey that only the platform's network reaches, by TLS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.site import GcpSite
from modelyard.catalog.engines import engine
from modelyard.contracts.cache import CacheArgs
from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Endpoint
from modelyard.objects.cloud import CloudResource
from modelyard.plan.chosen import managed_cache
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.alerts import Alert, add_alert, metric
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.names import CACHE, scoped
from modelyard.sites.gcp.uses import Use
from modelyard.sites.gcp.vpc import GcpVpc

AUTHORITY = "ca.crt"
"""Key of the secret with who signs the server's certificate: an authority of its own."""
_TLS, _VALKEY = 6378, 6379
_WINDOW = {"day": "SUNDAY", "startTime": {"hours": 4}}


@dataclass(frozen=True, kw_only=True)
class MemorystoreArgs(CacheArgs):
    site: GcpSite
    blueprint: Blueprint
    account: GcpProject
    vpc: GcpVpc
    kms: KmsKeys


class MemorystoreRedis(pulumi.ComponentResource):
    """One primary, with copies in other zones where the data ask for it; it has a password."""

    tls = True
    authority: str | None = AUTHORITY

    def __init__(
        self, name: str, args: MemorystoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:cache:MemorystoreRedis", name, None, opts)
        self._name, self._args = name, args
        self._chosen = managed_cache(args.blueprint, args.site)
        server = self._server()
        authority = server["serverCaCerts"].apply(lambda known: known[0]["cert"])
        values = {"password": server["authString"], AUTHORITY: authority}
        namespace = args.identity.namespaces[Purpose.PLATFORM]
        self.endpoint = Endpoint(host=server["host"], port=_TLS, scheme="rediss")
        self.secret = args.secrets.store("cache", namespace, values, self)
        used = metric("redis.googleapis.com/stats/memory/usage_ratio", "redis_instance")
        _watch(self, name, args, used)
        self.register_outputs({"engine": args.engine})

    def _server(self) -> CloudResource:
        context, replicas = self._args.context, self._chosen.replicas
        inputs: Mapping[str, Any] = {
            "name": scoped(context, "cache", most=CACHE),
            "region": self._args.site.region,
            "tier": "STANDARD_HA" if replicas else "BASIC",
            "memorySizeGb": int(self._chosen.machine),
            "redisVersion": engine("gcp", "redis").version,
            "authorizedNetwork": self._args.vpc.id,
            "connectMode": "DIRECT_PEERING",
            "authEnabled": True,
            "transitEncryptionMode": "SERVER_AUTHENTICATION",
            "customerManagedKey": self._args.kms.key_for(Use.REDIS),
            # What has an end goes first when memory is full; what has none is never thrown away.
            "redisConfigs": {"maxmemory-policy": "volatile-lru"},
            "persistenceConfig": {
                "persistenceMode": "RDB",
                "rdbSnapshotPeriod": "TWENTY_FOUR_HOURS",
            },
            "maintenancePolicy": {"weeklyMaintenanceWindows": [_WINDOW]},
            **_copies(replicas),
        }
        options = pulumi.ResourceOptions(
            parent=self,
            protect=context.protect or None,
            additional_secret_outputs=["authString"],
        )
        seen = {"host": str, "authString": str, "serverCaCerts": [{"cert": str}]}
        token = "gcp:redis/instance:Instance"
        return CloudResource(token, self._name, inputs, options, outputs=seen)


class MemorystoreValkey(pulumi.ComponentResource):
    """One shard without a password: Memorystore for Valkey knows none.

    Who may reach it is a matter of the network and of NetworkPolicies; data that ask for more are
    refused by `check`.
    """

    tls = True
    authority: str | None = AUTHORITY

    def __init__(
        self, name: str, args: MemorystoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:cache:MemorystoreValkey", name, None, opts)
        self._name, self._args = name, args
        self._chosen = managed_cache(args.blueprint, args.site)
        server = self._server()
        host = server["endpoints"].apply(_address)
        authority = server["managedServerCas"].apply(_authority)
        values = {"password": "", AUTHORITY: authority}
        namespace = args.identity.namespaces[Purpose.PLATFORM]
        self.endpoint = Endpoint(host=host, port=_VALKEY, scheme="rediss")
        self.secret = args.secrets.store("cache", namespace, values, self)
        used = metric(
            "memorystore.googleapis.com/instance/memory/maximum_utilization",
            "memorystore.googleapis.com/Instance",
        )
        _watch(self, name, args, used)
        self.register_outputs({"engine": args.engine})

    def _server(self) -> CloudResource:
        context, site = self._args.context, self._args.site
        inputs: Mapping[str, Any] = {
            "instanceId": scoped(context, "cache", most=CACHE),
            "location": site.region,
            "mode": "CLUSTER_DISABLED",
            "shardCount": 1,
            "replicaCount": self._chosen.replicas,
            "nodeType": self._chosen.machine,
            "engineVersion": engine("gcp", "valkey").version,
            "authorizationMode": "AUTH_DISABLED",
            "transitEncryptionMode": "SERVER_AUTHENTICATION",
            "kmsKey": self._args.kms.key_for(Use.VALKEY),
            "deletionProtectionEnabled": context.protect,
            "engineConfigs": {"maxmemory-policy": "volatile-lru"},
            "desiredAutoCreatedEndpoints": [
                {"network": self._args.vpc.id, "projectId": site.project}
            ],
            "persistenceConfig": {
                "mode": "RDB",
                "rdbConfig": {"rdbSnapshotPeriod": "TWENTY_FOUR_HOURS"},
            },
            "maintenancePolicy": {"weeklyMaintenanceWindows": [_WINDOW]},
        }
        ready = [*self._args.vpc.connections.values()]
        options = pulumi.ResourceOptions(
            parent=self, protect=context.protect or None, depends_on=ready
        )
        reached = [{"connections": [{"pscAutoConnection": {"ipAddress": str}}]}]
        seen = {
            "endpoints": reached,
            "managedServerCas": [{"caCerts": [{"certificates": [str]}]}],
        }
        token = "gcp:memorystore/instance:Instance"
        return CloudResource(token, self._name, inputs, options, outputs=seen)


def _copies(replicas: int) -> Mapping[str, Any]:
    """Reads go to copies as well where there are some."""
    if not replicas:
        return {}
    return {"replicaCount": replicas, "readReplicasMode": "READ_REPLICAS_ENABLED"}


def _address(endpoints: Any) -> str:
    """Of the endpoint that the service has made in our network."""
    return endpoints[0]["connections"][0]["pscAutoConnection"]["ipAddress"]


def _authority(known: Any) -> str:
    return "\n".join(known[0]["caCerts"][0]["certificates"])


def _watch(parent: pulumi.Resource, name: str, args: MemorystoreArgs, filter: str) -> None:
    why = "The cache's memory is nearly used up: what has an end is thrown away early."
    alert = Alert(part="memory", filter=filter, compared=">", threshold=0.85, minutes=15, why=why)
    add_alert(parent, name, args.context, args.account, alert)
