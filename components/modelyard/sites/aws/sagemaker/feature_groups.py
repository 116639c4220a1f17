"""SageMaker's feature store: a group for each that the blueprint declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.data_plane import FeatureGroup, Features, FeatureType
from modelyard.blueprint.units import show_duration
from modelyard.contracts.endpoint import Endpoint
from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import arn, bucket_arn, domain, scoped
from modelyard.sites.aws.policies import Statement, allow
from modelyard.sites.aws.roles import Role, service_role
from modelyard.sites.aws.sagemaker import rights
from modelyard.sites.aws.sagemaker.args import SageMakerArgs

GROUP = 63
"""Most characters of a group's name; source: SageMaker API reference, CreateFeatureGroup."""
TYPES = {
    FeatureType.FLOAT: "Fractional",
    FeatureType.INTEGER: "Integral",
    FeatureType.TEXT: "String",
}
_UNITS = {"s": "Seconds", "m": "Minutes", "h": "Hours", "d": "Days"}
_CATALOG = "sagemaker_featurestore"
"""Glue database in which SageMaker describes offline stores."""


@dataclass(frozen=True, kw_only=True)
class FeatureGroupsArgs(SageMakerArgs):
    settings: Features


class FeatureGroups(pulumi.ComponentResource):
    """Feature groups, online for serving and offline as Iceberg tables for training."""

    def __init__(
        self, name: str, args: FeatureGroupsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:features:FeatureGroups", name, None, opts)
        self._name, self._args = name, args
        end = f"{args.site.region}.{domain(args.site.region)}"
        self.online = Endpoint(
            host=f"featurestore-runtime.sagemaker.{end}", port=443, scheme="https"
        )
        self.offline = Endpoint(host=f"athena.{end}", port=443, scheme="https")
        role = self._role()
        self.groups = {group.name: self._group(group, role) for group in args.settings.groups}
        self.register_outputs({"groups": {n: g["arn"] for n, g in self.groups.items()}})

    def _role(self) -> Role:
        """What writes the offline store: SageMaker, into its part of the platform's bucket."""
        args = self._args
        return service_role(
            self,
            self._name,
            args.context,
            args.site,
            service=rights.SERVICE,
            called=("features",),
            statements=[
                *rights.write(args.site, self._place()),
                *rights.read(args.site, self._place()),
                _bucket(args),
                _tables(args),
                rights.decrypt(args.kms.key(Encrypts.DATA)),
            ],
        )

    def _place(self) -> str:
        return self._args.object_store.address("features/")

    def _group(self, group: FeatureGroup, role: Role) -> CloudResource:
        args = self._args
        store = {"s3Uri": self._place(), "kmsKeyId": args.kms.key(Encrypts.DATA)}
        inputs = {
            "featureGroupName": scoped(args.context, group.name, most=GROUP),
            "recordIdentifierFeatureName": group.key,
            "eventTimeFeatureName": group.time,
            "featureDefinitions": definitions(group),
            "roleArn": role["arn"],
            "onlineStoreConfig": self._online(group) if group.online else None,
            "offlineStoreConfig": {"s3StorageConfig": store, "tableFormat": "Iceberg"},
            "throughputConfig": throughput(group) if group.online else None,
        }
        protect = args.context.protect or None
        options = pulumi.ResourceOptions(parent=self, protect=protect, depends_on=role.policies)
        token = "aws:sagemaker/featureGroup:FeatureGroup"
        return CloudResource(token, f"{self._name}-{group.name}", inputs, options)

    def _online(self, group: FeatureGroup) -> Mapping[str, Any]:
        return {
            "enableOnlineStore": True,
            "securityConfig": {"kmsKeyId": self._args.kms.key(Encrypts.DATA)},
            **({"ttlDuration": ttl(group)} if group.ttl else {}),
        }


def definitions(group: FeatureGroup) -> list[Mapping[str, str]]:
    """Every feature with its type; key and time are text unless `fields` says otherwise."""
    implied = {group.key: FeatureType.TEXT, group.time: FeatureType.TEXT}
    return [
        {"featureName": name, "featureType": TYPES[kind]}
        for name, kind in {**implied, **group.fields}.items()
    ]


def ttl(group: FeatureGroup) -> Mapping[str, Any]:
    """As SageMaker counts: a number, and its unit."""
    assert group.ttl is not None
    written = show_duration(group.ttl)
    return {"value": int(written[:-1]), "unit": _UNITS[written[-1]]}


def throughput(group: FeatureGroup) -> Mapping[str, Any]:
    """By request, or so much all month."""
    if group.throughput is None:
        return {"throughputMode": "OnDemand"}
    return {
        "throughputMode": "Provisioned",
        "provisionedReadCapacityUnits": group.throughput.reads,
        "provisionedWriteCapacityUnits": group.throughput.writes,
    }


def _bucket(args: FeatureGroupsArgs) -> Statement:
    """SageMaker looks at the bucket before it takes it; source: feature store, adding policies."""
    bucket = bucket_arn(args.site, args.object_store.bucket)
    return allow(["s3:GetBucketAcl", "s3:GetBucketLocation"], [bucket])


def _tables(args: FeatureGroupsArgs) -> Statement:
    """Iceberg tables are described in Glue."""
    site = args.site
    database = arn(site, "glue", f"database/{_CATALOG}")
    tables = arn(site, "glue", f"table/{_CATALOG}/*")
    actions = ["CreateDatabase", "CreateTable", "GetDatabase", "GetTable", "UpdateTable"]
    places = [arn(site, "glue", "catalog"), database, tables]
    return allow([f"glue:{action}" for action in actions], places)
