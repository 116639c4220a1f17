"""Cloud SQL for PostgreSQL: one server, with a database and an owner for each of its users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.site import GcpSite
from modelyard.catalog.engines import engine
from modelyard.contracts.database import DatabaseAccess, DatabaseArgs
from modelyard.objects.cloud import CloudResource
from modelyard.plan.chosen import managed_database
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.alerts import Alert, add_alert, metric
from modelyard.sites.gcp.databases import SUPERUSER, Superuser, make_databases, superuser
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.names import COMPUTE, DATABASE, scoped
from modelyard.sites.gcp.private_endpoint import private_endpoint
from modelyard.sites.gcp.uses import Use
from modelyard.sites.gcp.vpc import GcpVpc

FLAGS: Mapping[str, str] = {
    "cloudsql.enable_pgaudit": "on",
    "log_checkpoints": "on",
    "log_connections": "on",
    "log_disconnections": "on",
    "log_duration": "off",
    "log_hostname": "on",
    "log_lock_waits": "on",
    "log_min_duration_statement": "1000",
    "log_min_error_statement": "error",
    "log_min_messages": "warning",
    "log_statement": "ddl",
    "log_temp_files": "0",
    "pgaudit.log": "ddl,role",
}
"""Connections, locks, slow queries and changes of rights are logged."""
_WEEK, _MONTH = 7, 35
"""Backups that are kept, one for each day."""
_SEEN = {"pscServiceAttachmentLink": str, "name": str}


@dataclass(frozen=True, kw_only=True)
class CloudSqlArgs(DatabaseArgs):
    site: GcpSite
    blueprint: Blueprint
    account: GcpProject
    vpc: GcpVpc
    kms: KmsKeys


class CloudSqlPostgres(pulumi.ComponentResource):
    """A server without an address outside, reached by an endpoint in the platform's network."""

    def __init__(
        self, name: str, args: CloudSqlArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:database:CloudSqlPostgres", name, None, opts)
        self._name, self._args = name, args
        self._chosen = managed_database(args.blueprint, args.site)
        server = self._server()
        login = superuser(args, self)
        user = self._user(server, login)
        place = scoped(args.context, "database", most=COMPUTE)
        offered = server["pscServiceAttachmentLink"]
        host = private_endpoint(self, name, args.site, args.vpc, called=place, attachment=offered)
        self._accesses = make_databases(self, name, args, host, login, user)
        self._watch()
        self.register_outputs({"databases": list(args.consumers)})

    def access(self, consumer: str) -> DatabaseAccess:
        """The database of one of the consumers named in the arguments."""
        return self._accesses[consumer]

    def _server(self) -> CloudResource:
        """Names of servers that are gone are taken for a week: each has digits of its own."""
        context, called = self._args.context, scoped(self._args.context, most=DATABASE)
        inputs = {
            "name": pulumi.Output.concat(f"{called}-", self._args.account.suffix),
            "region": self._args.site.region,
            "databaseVersion": engine("gcp", "postgres").version,
            "encryptionKeyName": self._args.kms.key_for(Use.DATABASE),
            "deletionProtection": context.protect,
            "settings": {
                "tier": self._chosen.machine,
                "edition": "ENTERPRISE",
                "availabilityType": "REGIONAL" if self._chosen.standby else "ZONAL",
                "connectorEnforcement": "NOT_REQUIRED",
                "deletionProtectionEnabled": context.protect,
                "databaseFlags": [{"name": k, "value": v} for k, v in sorted(FLAGS.items())],
                "ipConfiguration": self._reached(),
                **self._storage(),
                **self._kept(),
            },
        }
        options = pulumi.ResourceOptions(parent=self, protect=context.protect or None)
        token = "gcp:sql/databaseInstance:DatabaseInstance"
        return CloudResource(token, self._name, inputs, options, outputs=_SEEN)

    def _reached(self) -> Mapping[str, Any]:
        """By Private Service Connect from this project alone, and by TLS alone."""
        connected = {"pscEnabled": True, "allowedConsumerProjects": [self._args.site.project]}
        return {"ipv4Enabled": False, "sslMode": "ENCRYPTED_ONLY", "pscConfigs": [connected]}

    def _storage(self) -> Mapping[str, Any]:
        """Grows by itself up to five times what is asked for."""
        gib = max(10, self._chosen.gib)
        return {
            "diskType": "PD_SSD",
            "diskSize": gib,
            "diskAutoresize": True,
            "diskAutoresizeLimit": 5 * gib,
        }

    def _kept(self) -> Mapping[str, Any]:
        """Against loss: backups, every write of the last week, and a last backup at the end."""
        sensitive = self._args.context.sensitive
        kept = {"retainedBackups": _MONTH if sensitive else _WEEK, "retentionUnit": "COUNT"}
        return {
            "backupConfiguration": {
                "enabled": True,
                "startTime": "02:00",
                "location": self._args.site.region,
                "pointInTimeRecoveryEnabled": True,
                "transactionLogRetentionDays": 7,
                "backupRetentionSettings": kept,
            },
            "finalBackupConfig": {"enabled": self._args.context.protect, "retentionDays": _MONTH},
            "maintenanceWindow": {"day": 7, "hour": 3, "updateTrack": "stable"},
            "insightsConfig": {"queryInsightsEnabled": True, "recordClientAddress": False},
        }

    def _user(self, server: CloudResource, login: Superuser) -> CloudResource:
        """The server's own user, who makes all others."""
        inputs = {
            "instance": server["name"],
            "name": SUPERUSER,
            "type": "BUILT_IN",
            "password": login.password,
        }
        options = pulumi.ResourceOptions(parent=self, deleted_with=server)
        return CloudResource("gcp:sql/user:User", self._name, inputs, options, outputs={})

    def _watch(self) -> None:
        """Before it is full or overloaded. Of all servers of the project: names are digits."""
        args, seen = self._args, "cloudsql.googleapis.com/database"
        for part, measured in (("cpu", "cpu"), ("memory", "memory"), ("storage", "disk")):
            filter = metric(f"{seen}/{measured}/utilization", "cloudsql_database")
            why = f"The database's {part} is nearly used up: a larger machine, or less to do."
            alert = Alert(
                part=part, filter=filter, compared=">", threshold=0.85, minutes=15, why=why
            )
            add_alert(self, self._name, args.context, args.account, alert)
