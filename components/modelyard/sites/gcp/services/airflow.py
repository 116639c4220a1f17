"""Composer: Airflow in Google's keeping, with one foot in the platform's network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.data_plane import LineageEngine
from modelyard.blueprint.requirements import requirement
from modelyard.blueprint.site import GcpSite
from modelyard.catalog.gcp_services import service
from modelyard.contracts.ingestion import IngestionArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.object_store import AttachedBucket, GcsBuckets
from modelyard.sites.gcp.service_accounts import ServiceAccount, service_account
from modelyard.sites.gcp.uses import Use
from modelyard.sites.gcp.vpc import GcpVpc

SNAPSHOTS = "airflow/snapshots/"
"""Prefix of the snapshots in the artifact bucket; DAGs are in Composer's own."""
_NIGHTLY = "0 2 * * *"
_WINDOW = {
    "startTime": "2026-01-03T01:00:00Z",
    "endTime": "2026-01-03T07:00:00Z",
    "recurrence": "FREQ=WEEKLY;BYDAY=SA,SU",
}
"""The nights of the weekend; Composer asks for twelve hours a week."""


@dataclass(frozen=True, kw_only=True)
class AirflowArgs(IngestionArgs):
    site: GcpSite
    account: GcpProject
    vpc: GcpVpc
    kms: KmsKeys
    object_store: GcsBuckets | AttachedBucket


class Airflow(pulumi.ComponentResource):
    """One environment. What its DAGs may do beyond their own bucket is granted to `runs_as`."""

    def __init__(
        self, name: str, args: AirflowArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:ingestion:Airflow", name, None, opts)
        self._name, self._args = name, args
        self.runs_as = self._account()
        snapshots = args.object_store.address(SNAPSHOTS)
        kept = args.object_store.let_in("airflow", self.runs_as.member, writes=[snapshots])
        environment = self._environment(snapshots, [*self.runs_as.grants, *kept])
        config = environment["config"]
        self.register_outputs({"url": config["airflowUri"], "dags": config["dagGcsPrefix"]})

    def _account(self) -> ServiceAccount:
        context = self._args.context
        return service_account(
            self,
            self._name,
            context,
            self._args.site,
            called=("airflow",),
            why=f"{context.scope}: Airflow and its tasks",
            roles=["roles/composer.worker"],
        )

    def _environment(self, snapshots: str, before: Sequence[pulumi.Resource]) -> CloudResource:
        args, context = self._args, self._args.context
        config: Mapping[str, Any] = {
            "environmentSize": "ENVIRONMENT_SIZE_SMALL",
            "resilienceMode": "HIGH_RESILIENCE" if context.sensitive else "STANDARD_RESILIENCE",
            "enablePrivateEnvironment": True,
            # Packages come from the public index, which a private build would not reach.
            "enablePrivateBuildsOnly": not args.settings.requirements,
            "encryptionConfig": {"kmsKeyName": self._key()},
            "maintenanceWindow": _WINDOW,
            "nodeConfig": {
                "network": args.vpc.id,
                "subnetwork": args.vpc.subnet,
                "serviceAccount": self.runs_as.email,
            },
            "recoveryConfig": {
                "scheduledSnapshotsConfig": {
                    "enabled": True,
                    "snapshotCreationSchedule": _NIGHTLY,
                    "snapshotLocation": snapshots,
                    "timeZone": "UTC+00",
                }
            },
            "softwareConfig": self._software(),
            "webServerNetworkAccessControl": {"allowedIpRanges": self._allowed()},
        }
        inputs = {
            "project": args.site.project,
            "region": args.site.region,
            "name": scoped(context, "airflow"),
            "config": config,
        }
        options = pulumi.ResourceOptions(
            parent=self, depends_on=list(before), protect=context.protect or None
        )
        seen = {"config": {"airflowUri": str, "dagGcsPrefix": str}}
        token = "gcp:composer/environment:Environment"
        return CloudResource(token, self._name, inputs, options, outputs=seen)

    def _key(self) -> pulumi.Output[str]:
        """Composer makes a bucket under the same key: Cloud Storage has to be able to use it."""
        kms, autokey = self._args.kms, self._args.site.encryption.autokey
        files = kms.key_for(Use.AIRFLOW_FILES if autokey else Use.BUCKETS)
        return pulumi.Output.all(kms.key_for(Use.AIRFLOW), files).apply(lambda keys: keys[0])

    def _software(self) -> Mapping[str, Any]:
        settings = self._args.settings
        packages = [requirement(line) for line in settings.requirements]
        return {
            "imageVersion": service("airflow").version,
            "airflowConfigOverrides": {"core-load_examples": "False"},
            "pypiPackages": dict(each for each in packages if each),
            "cloudDataLineageIntegration": {"enabled": settings.lineage is LineageEngine.DATAPLEX},
        }

    def _allowed(self) -> list[Mapping[str, Any]]:
        """From where people reach the web server: as the cluster, or the network alone."""
        allowed = self._args.site.cluster.allow
        if allowed:
            return [
                {"value": cidr, "description": f"allowed-{n}"} for n, cidr in enumerate(allowed)
            ]
        return [{"value": self._args.vpc.cidr, "description": "the network"}]
