"""RDS for PostgreSQL: one server, with a database and an owner for each of its users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.site import AwsSite
from modelyard.catalog.engines import engine
from modelyard.contracts.account import Account
from modelyard.contracts.context import Purpose
from modelyard.contracts.database import DatabaseAccess, DatabaseArgs
from modelyard.contracts.endpoint import Endpoint
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.contracts.secrets import SecretHandle
from modelyard.objects.cloud import CloudResource
from modelyard.plan.chosen import managed_database
from modelyard.sites.aws.alarms import Alarm, Alarms
from modelyard.sites.aws.cluster import EksCluster
from modelyard.sites.aws.logs import log_group
from modelyard.sites.aws.names import DATABASE, server_name
from modelyard.sites.aws.notices import Notices
from modelyard.sites.aws.policies import allow
from modelyard.sites.aws.private_service import PrivateService
from modelyard.sites.aws.roles import Role, grant, service_role
from modelyard.sites.aws.secrets import AwsSecrets
from modelyard.sites.aws.vpc import AwsVpc
from modelyard.sites.kubernetes.database import PORT, generated_access
from modelyard.sites.kubernetes.database_setup import SUPERUSER as LOGIN
from modelyard.sites.kubernetes.database_setup import Owners

POSTGRES = engine("aws", "postgres")
"""RDS picks the newest minor version, and follows it in the weekly window."""
SUPERUSER = "modelyard"
LOGS = ("postgresql", "upgrade")
_GIB = 2**30
_WEEK, _MONTH = 7, 35
"""Days of backups; 35 is the most that RDS keeps."""
_SEEN = {"arn": str, "address": str, "masterUserSecrets": [{"secretArn": str}]}


@dataclass(frozen=True, kw_only=True)
class RdsArgs(DatabaseArgs):
    site: AwsSite
    blueprint: Blueprint
    cluster: EksCluster
    secrets: AwsSecrets
    account: Account
    vpc: AwsVpc
    kms: Kms


class RdsPostgres(pulumi.ComponentResource):
    """A server that only the cluster's nodes reach, whose own password nobody has seen."""

    def __init__(
        self, name: str, args: RdsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:database:RdsPostgres", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        self._chosen = managed_database(args.blueprint, args.site)
        self._called = server_name(args.context, most=DATABASE)
        server = self._server(PrivateService(self, name, args.context, args.vpc))
        self._rotate(server)
        self._watch(server)
        endpoint = Endpoint(host=server["address"], port=PORT, scheme="postgresql")
        self._accesses = {each: self._access(each, endpoint) for each in args.consumers}
        self._let_in_the_operator(server)
        owners = Owners(self, name, args, endpoint, self._login(server), server)
        for consumer, access in self._accesses.items():
            owners.make(consumer, access)
        self.register_outputs({"databases": list(args.consumers)})

    def access(self, consumer: str) -> DatabaseAccess:
        """The database of one of the consumers named in the arguments."""
        return self._accesses[consumer]

    def _access(self, consumer: str, endpoint: Endpoint) -> DatabaseAccess:
        return generated_access(self._args, consumer, endpoint, tls=True, parent=self)

    def _server(self, place: PrivateService) -> CloudResource:
        context, chosen, watching = self._args.context, self._chosen, self._monitoring()
        group = place.opened(PORT, self._args.cluster.security_group, "PostgreSQL from the cluster")
        inputs = {
            "identifier": self._called,
            "engine": "postgres",
            "engineVersion": POSTGRES.version,
            "instanceClass": chosen.machine,
            "multiAz": chosen.standby,
            "dbSubnetGroupName": self._subnets(place)["name"],
            "vpcSecurityGroupIds": [group.id],
            "publiclyAccessible": False,
            "parameterGroupName": self._parameters()["name"],
            "iamDatabaseAuthenticationEnabled": True,
            "username": SUPERUSER,
            "manageMasterUserPassword": True,
            "masterUserSecretKmsKeyId": self._args.kms.key(Encrypts.SECRETS),
            **self._storage(),
            **self._kept(),
            **self._watched(watching),
        }
        # Logs that RDS had to make itself would be in the clear and there for ever; and it tries
        # at once whether the role for its metrics may write them.
        before = [*self._logs(), *watching.policies]
        options = pulumi.ResourceOptions(
            parent=self, protect=context.protect or None, depends_on=before
        )
        token = "aws:rds/instance:Instance"
        return CloudResource(token, self._name, inputs, options, outputs=_SEEN)

    def _storage(self) -> Mapping[str, Any]:
        """Grows by itself up to five times what is asked for."""
        return {
            "storageType": "gp3",
            "allocatedStorage": max(20, self._chosen.gib),
            "maxAllocatedStorage": 5 * max(20, self._chosen.gib),
            "storageEncrypted": True,
            "kmsKeyId": self._args.kms.key(Encrypts.DATA),
        }

    def _kept(self) -> Mapping[str, Any]:
        """Against loss: backups, and a last one before the server goes."""
        context = self._args.context
        return {
            "backupRetentionPeriod": _MONTH if context.sensitive else _WEEK,
            "backupWindow": "02:00-03:00",
            "maintenanceWindow": "sun:03:30-sun:04:30",
            "autoMinorVersionUpgrade": True,
            "copyTagsToSnapshot": True,
            "deletionProtection": context.protect,
            "skipFinalSnapshot": not context.protect,
            "finalSnapshotIdentifier": server_name(context, "final", most=DATABASE),
        }

    def _watched(self, role: Role) -> Mapping[str, Any]:
        return {
            "performanceInsightsEnabled": True,
            "performanceInsightsKmsKeyId": self._args.kms.key(Encrypts.LOGS),
            "monitoringInterval": 60,
            "monitoringRoleArn": role["arn"],
            "enabledCloudwatchLogsExports": list(LOGS),
        }

    def _logs(self) -> list[CloudResource]:
        """Where RDS writes its logs; it dictates the names."""
        where = f"/aws/rds/instance/{self._called}"
        return [
            log_group(self, f"{self._name}-{log}", self._args.kms, f"{where}/{log}") for log in LOGS
        ]

    def _subnets(self, place: PrivateService) -> CloudResource:
        inputs = {"name": place.called, "subnetIds": list(self._args.vpc.data_subnets)}
        token = "aws:rds/subnetGroup:SubnetGroup"
        return CloudResource(token, self._name, inputs, self._options, outputs={})

    def _parameters(self) -> CloudResource:
        """Connections in the clear are refused; connections, locks and slow queries are logged."""
        settings = {
            "rds.force_ssl": "1",
            "log_connections": "1",
            "log_disconnections": "1",
            "log_lock_waits": "1",
            "log_min_duration_statement": "1000",
            "log_statement": "ddl",
        }
        inputs = {
            "name": f"{self._called}-{POSTGRES.family}",
            "family": POSTGRES.family,
            "parameters": [{"name": k, "value": v} for k, v in sorted(settings.items())],
        }
        token = "aws:rds/parameterGroup:ParameterGroup"
        return CloudResource(token, self._name, inputs, self._options, outputs={})

    def _monitoring(self) -> Role:
        return service_role(
            self,
            f"{self._name}-monitoring",
            self._args.context,
            self._args.site,
            service="monitoring.rds.amazonaws.com",
            called=("database-monitoring",),
            managed=("service-role/AmazonRDSEnhancedMonitoringRole",),
        )

    def _superuser(self, server: CloudResource) -> pulumi.Output[str]:
        """Where RDS keeps the password that it made."""
        return server["masterUserSecrets"].apply(lambda kept: kept[0]["secretArn"])

    def _login(self, server: CloudResource) -> SecretHandle:
        """The server's own user, brought into the cluster for those who make databases."""
        namespace, keys = self._args.identity.namespaces[Purpose.PLATFORM], ("username", "password")
        return self._args.secrets.bring(LOGIN, self._superuser(server), keys, namespace)

    def _let_in_the_operator(self, server: CloudResource) -> None:
        """What brings secrets into the cluster reads this one, which RDS has named."""
        role = self._args.cluster.operator_roles.get("external-secrets")
        if role is not None:  # an attached operator has a role of its own
            reading = ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
            allowed = allow(reading, [self._superuser(server)])
            grant(self, f"{self._name}-superuser", role, [allowed], "database-superuser")

    def _rotate(self, server: CloudResource) -> None:
        """A new password each month; RDS itself puts it into the server.

        Not at once: what is brought into the cluster meanwhile would be wrong for an hour.
        """
        inputs = {
            "secretId": self._superuser(server),
            "rotateImmediately": False,
            "rotationRules": {"automaticallyAfterDays": 30},
        }
        token = "aws:secretsmanager/secretRotation:SecretRotation"
        CloudResource(token, self._name, inputs, self._options, outputs={})

    def _watch(self, server: CloudResource) -> None:
        """Before it is full, overloaded or out of connections.

        The smallest machine of the catalog, with 4 GiB, takes some 400 connections; source: RDS
        user guide, default of max_connections.
        """
        args, room = self._args, max(20, self._chosen.gib) * _GIB // 10
        told = Notices(
            self, f"{self._name}-notices", args.context, args.site, args.kms, called="database"
        )
        of = {"DBInstanceIdentifier": server["identifier"]}
        alarms = Alarms(self, self._name, args.context, "AWS/RDS", of, [told.arn])
        alarms.add(Alarm("cpu", "CPUUtilization", ">", 85, minutes=15))
        alarms.add(Alarm("storage", "FreeStorageSpace", "<", room, statistic="Minimum"))
        alarms.add(Alarm("memory", "FreeableMemory", "<", 256 * 2**20, minutes=15))
        alarms.add(Alarm("connections", "DatabaseConnections", ">", 320, statistic="Maximum"))
