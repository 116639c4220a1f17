"""Databases: connections, backups, upkeep."""

from __future__ import annotations

from modelyard.policies.rule import Findings, Seen, at, items, number, objects, rule, true, unknown

_RDS = "aws:rds/instance:Instance"
_PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
_SQL = "gcp:sql/databaseInstance:DatabaseInstance"
_ALLOY = "gcp:alloydb/cluster:Cluster"
_ALLOY_INSTANCE = "gcp:alloydb/instance:Instance"
_CNPG = "kubernetes:postgresql.cnpg.io/v1:Cluster"
_ELASTICACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
_REDIS = "gcp:redis/instance:Instance"
_MEMORYSTORE = "gcp:memorystore/instance:Instance"
_DAYS = 7
"""Days that a mistake may go unnoticed."""


def _parameter(it: Seen, name: str) -> str:
    found = [p.get("value") for p in objects(it.inputs, "parameters") if p.get("name") == name]
    return str(found[0]) if found else ""


@rule("database-tls", _PARAMETERS, _SQL, _ALLOY_INSTANCE)
def tls(it: Seen) -> Findings:
    if it.type == _PARAMETERS:
        postgres = str(it.inputs.get("family", "")).startswith("postgres")
        if postgres and _parameter(it, "rds.force_ssl") != "1":
            yield "rds.force_ssl is not 1: it takes connections without TLS"
        return
    path = ("settings", "ipConfiguration", "sslMode")
    if it.type == _ALLOY_INSTANCE:
        path = ("clientConnectionConfig", "sslConfig", "sslMode")
    if at(it.inputs, *path) not in ("ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"):
        yield "it takes connections without TLS"


@rule("database-backup", _RDS, _SQL, _ALLOY)
def backup(it: Seen) -> Findings:
    if it.type == _RDS:
        days = it.inputs.get("backupRetentionPeriod")
        kept = number(days, _DAYS if unknown(days) else 0)
        if kept < _DAYS:
            yield f"backups are kept for {kept} days"
        return
    part = ("settings", "backupConfiguration") if it.type == _SQL else ("automatedBackupPolicy",)
    if not true(at(it.inputs, *part, "enabled")):
        yield "it is not backed up"


@rule("database-point-in-time", _SQL, _ALLOY)
def point_in_time(it: Seen) -> Findings:
    path = ("settings", "backupConfiguration", "pointInTimeRecoveryEnabled")
    if it.type == _ALLOY:
        path = ("continuousBackupConfig", "enabled")
    if not true(at(it.inputs, *path)):
        yield "it can be brought back to the last backup only"


@rule("database-minor-upgrades", _RDS, _ELASTICACHE)
def minor_upgrades(it: Seen) -> Findings:
    if it.inputs.get("autoMinorVersionUpgrade") in (False, "false"):
        yield "security fixes do not come by themselves"


@rule("database-superuser", _CNPG)
def superuser(it: Seen) -> Findings:
    if at(it.inputs, "spec", "enableSuperuserAccess") is True:
        yield "the superuser can log in by the network"


@rule("database-replicas", _CNPG)
def replicas(it: Seen) -> Findings:
    if number(at(it.inputs, "spec", "instances")) < 2:
        yield "nothing takes over when its node goes"


@rule("database-statements", _PARAMETERS, _SQL)
def statements(it: Seen) -> Findings:
    if it.type == _PARAMETERS:
        postgres = str(it.inputs.get("family", "")).startswith("postgres")
        logged = _parameter(it, "log_connections") == "1"
        if not postgres or logged:
            return
    else:
        flags = {
            f.get("name"): f.get("value") for f in objects(it.inputs, "settings", "databaseFlags")
        }
        if flags.get("log_connections") == "on":
            return
    yield "who connects is not written down"


@rule("database-iam", _RDS)
def iam(it: Seen) -> Findings:
    if not true(it.inputs.get("iamDatabaseAuthenticationEnabled")):
        yield "people need a password of the database"


@rule("database-cache-password", _ELASTICACHE, _REDIS)
def cache_password(it: Seen) -> Findings:
    if it.type == _ELASTICACHE:
        if not it.inputs.get("authToken") and not items(it.inputs, "userGroupIds"):
            yield "whoever reaches it reads it"
        return
    if not true(it.inputs.get("authEnabled")):
        yield "whoever reaches it reads it"


@rule("database-stream-clients", "aws:msk/cluster:Cluster")
def stream_clients(it: Seen) -> Findings:
    if at(it.inputs, "clientAuthentication", "unauthenticated") in (True, "true"):
        yield "whoever reaches a broker reads every topic"
    elif not at(it.inputs, "clientAuthentication"):
        yield "clients do not say who they are"
