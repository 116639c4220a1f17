"""AlloyDB: PostgreSQL whose storage grows by itself, for loads that Cloud SQL does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.catalog.engines import engine
from modelyard.contracts.database import DatabaseAccess
from modelyard.objects.cloud import CloudResource
from modelyard.plan.chosen import managed_database
from modelyard.sites.gcp.database import CloudSqlArgs, CloudSqlPostgres
from modelyard.sites.gcp.databases import SUPERUSER, Superuser, make_databases, superuser
from modelyard.sites.gcp.names import COMPUTE, DATABASE, scoped
from modelyard.sites.gcp.private_endpoint import private_endpoint
from modelyard.sites.gcp.uses import Use

_DAY = 24 * 60 * 60
_WEEK, _MONTH = 7, 35
_SEEN = {"pscInstanceConfig": {"serviceAttachmentLink": str}}


class AlloyDb(pulumi.ComponentResource):
    """A cluster with one primary instance, reached by an endpoint in the platform's network."""

    def __init__(
        self, name: str, args: CloudSqlArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:database:AlloyDb", name, None, opts)
        self._name, self._args = name, args
        self._chosen = managed_database(args.blueprint, args.site)
        login = superuser(args, self)
        primary = self._primary(self._cluster(login))
        offered = primary["pscInstanceConfig"].apply(lambda known: known["serviceAttachmentLink"])
        place = scoped(args.context, "database", most=COMPUTE)
        host = private_endpoint(self, name, args.site, args.vpc, called=place, attachment=offered)
        self._accesses: Mapping[str, DatabaseAccess] = make_databases(
            self, name, args, host, login, primary
        )
        self.register_outputs({"databases": list(args.consumers)})

    access = CloudSqlPostgres.access

    def _cluster(self, login: Superuser) -> CloudResource:
        context, key = self._args.context, self._args.kms.key_for(Use.ALLOYDB)
        days = _MONTH if context.sensitive else _WEEK
        inputs: Mapping[str, Any] = {
            "clusterId": scoped(context, most=DATABASE),
            "location": self._args.site.region,
            "databaseVersion": engine("gcp", "alloydb").version,
            "encryptionConfig": {"kmsKeyName": key},
            "initialUser": {"user": SUPERUSER, "password": login.password},
            "pscConfig": {"pscEnabled": True},
            "deletionProtection": context.protect,
            "deletionPolicy": "DEFAULT" if context.protect else "FORCE",
            "continuousBackupConfig": {
                "enabled": True,
                "recoveryWindowDays": days,
                "encryptionConfig": {"kmsKeyName": key},
            },
            "automatedBackupPolicy": {
                "enabled": True,
                "location": self._args.site.region,
                "encryptionConfig": {"kmsKeyName": key},
                "timeBasedRetention": {"retentionPeriod": f"{days * _DAY}s"},
            },
            "maintenanceUpdatePolicy": {
                "maintenanceWindows": [{"day": "SUNDAY", "startTime": {"hours": 3}}]
            },
        }
        options = pulumi.ResourceOptions(parent=self, protect=context.protect or None)
        token = "gcp:alloydb/cluster:Cluster"
        return CloudResource(token, self._name, inputs, options, outputs={"name": str})

    def _primary(self, cluster: CloudResource) -> CloudResource:
        inputs: Mapping[str, Any] = {
            "cluster": cluster["name"],
            "instanceId": scoped(self._args.context, "primary", most=DATABASE),
            "instanceType": "PRIMARY",
            "availabilityType": "REGIONAL" if self._chosen.standby else "ZONAL",
            "machineConfig": {"machineType": self._chosen.machine},
            "databaseFlags": {"log_min_duration_statement": "1000"},
            "clientConnectionConfig": {"sslConfig": {"sslMode": "ENCRYPTED_ONLY"}},
            "pscInstanceConfig": {"allowedConsumerProjects": [self._args.account.number]},
            "queryInsightsConfig": {"recordClientAddress": False},
        }
        protect = self._args.context.protect or None
        options = pulumi.ResourceOptions(parent=self, protect=protect)
        token = "gcp:alloydb/instance:Instance"
        return CloudResource(token, self._name, inputs, options, outputs=_SEEN)
