"""ElastiCache: Valkey or Redis that only the cluster's nodes reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.site import AwsSite
from modelyard.catalog.engines import engine
from modelyard.contracts.account import Account
from modelyard.contracts.cache import CacheArgs
from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Endpoint
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.objects.cloud import CloudResource
from modelyard.plan.chosen import managed_cache
from modelyard.sites.aws.alarms import Alarm, Alarms
from modelyard.sites.aws.cluster import EksCluster
from modelyard.sites.aws.logs import log_group, own_group
from modelyard.sites.aws.names import CACHE, server_name
from modelyard.sites.aws.notices import Notices
from modelyard.sites.aws.private_service import PrivateService
from modelyard.sites.aws.vpc import AwsVpc

PORT = 6379
_LOGS = ("engine-log", "slow-log")


@dataclass(frozen=True, kw_only=True)
class ElastiCacheArgs(CacheArgs):
    site: AwsSite
    blueprint: Blueprint
    cluster: EksCluster
    account: Account
    vpc: AwsVpc
    kms: Kms


class ElastiCache(pulumi.ComponentResource):
    """One primary, with copies in other zones where the data ask for it."""

    tls = True
    authority: str | None = None

    def __init__(
        self, name: str, args: ElastiCacheArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:cache:ElastiCache", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        self._chosen = managed_cache(args.blueprint, args.site)
        self._engine = engine("aws", args.engine)
        self._called = server_name(args.context, most=CACHE)
        self._password = args.secrets.password("cache", self)
        server = self._server(PrivateService(self, name, args.context, args.vpc))
        self._watch()
        host = server["primaryEndpointAddress"]
        self.endpoint = Endpoint(host=host, port=PORT, scheme="rediss")
        namespace = args.identity.namespaces[Purpose.PLATFORM]
        values = {"password": self._password}
        self.secret = args.secrets.store("cache", namespace, values, self)
        self.register_outputs({"engine": args.engine})

    def _server(self, place: PrivateService) -> CloudResource:
        context, chosen = self._args.context, self._chosen
        group = place.opened(PORT, self._args.cluster.security_group, "the cache, from the cluster")
        inputs: dict[str, Any] = {
            "replicationGroupId": self._called,
            "description": f"{self._args.engine} of {context.scope}",
            "engine": self._args.engine,
            "engineVersion": self._engine.version,
            "nodeType": chosen.machine,
            "numCacheClusters": chosen.nodes,
            "automaticFailoverEnabled": chosen.replicas > 0,
            "multiAzEnabled": chosen.replicas > 0,
            "port": PORT,
            "subnetGroupName": self._subnets(place)["name"],
            "securityGroupIds": [group.id],
            "parameterGroupName": self._parameters()["name"],
            **self._guarded(),
            **self._kept(),
        }
        options = pulumi.ResourceOptions(parent=self, protect=context.protect or None)
        token = "aws:elasticache/replicationGroup:ReplicationGroup"
        seen = {"primaryEndpointAddress": str}
        return CloudResource(token, self._name, inputs, options, outputs=seen)

    def _guarded(self) -> Mapping[str, Any]:
        return {
            "atRestEncryptionEnabled": True,
            "kmsKeyId": self._args.kms.key(Encrypts.DATA),
            "transitEncryptionEnabled": True,
            "transitEncryptionMode": "required",
            "authToken": self._password,
            "authTokenUpdateStrategy": "ROTATE",
        }

    def _kept(self) -> Mapping[str, Any]:
        """Snapshots, and what the server has to say."""
        return {
            "snapshotRetentionLimit": 7 if self._args.context.sensitive else 1,
            "snapshotWindow": "01:00-02:00",
            "maintenanceWindow": "sun:04:30-sun:05:30",
            "autoMinorVersionUpgrade": True,
            "logDeliveryConfigurations": [
                {
                    "logType": log,
                    "logFormat": "json",
                    "destinationType": "cloudwatch-logs",
                    "destination": self._log(log)["name"],
                }
                for log in _LOGS
            ],
        }

    def _log(self, log: str) -> CloudResource:
        called = own_group(self._args.context, f"cache/{log}")
        return log_group(self, f"{self._name}-{log}", self._args.kms, called)

    def _subnets(self, place: PrivateService) -> CloudResource:
        inputs = {"name": place.called, "subnetIds": list(self._args.vpc.data_subnets)}
        token = "aws:elasticache/subnetGroup:SubnetGroup"
        return CloudResource(token, self._name, inputs, self._options, outputs={})

    def _parameters(self) -> CloudResource:
        """What has an end goes first when memory is full; what has none is never thrown away."""
        family = self._engine.family
        inputs = {
            "name": f"{self._called}-{family}",
            "family": family,
            "parameters": [{"name": "maxmemory-policy", "value": "volatile-lru"}],
        }
        token = "aws:elasticache/parameterGroup:ParameterGroup"
        return CloudResource(token, self._name, inputs, self._options, outputs={})

    def _watch(self) -> None:
        """Node by node, since each has figures of its own. Their names follow from the group's."""
        args = self._args
        told = Notices(
            self, f"{self._name}-notices", args.context, args.site, args.kms, called="cache"
        )
        for number in range(1, self._chosen.nodes + 1):
            node = {"CacheClusterId": f"{self._called}-{number:03}"}
            name = f"{self._name}-{number}"
            alarms = Alarms(self, name, args.context, "AWS/ElastiCache", node, [told.arn])
            alarms.add(Alarm("memory", "DatabaseMemoryUsagePercentage", ">", 85, minutes=15))
            alarms.add(Alarm("cpu", "EngineCPUUtilization", ">", 85, minutes=15))
