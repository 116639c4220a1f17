"""Who did what in the project: audit logs, into a bucket where nothing can be changed."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.audit_log import AuditLogArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.alerts import Alert, add_log_alert
from modelyard.sites.gcp.buckets import Bucket, make_bucket
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.names import bucket_name, scoped
from modelyard.sites.gcp.uses import Use

KINDS = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
"""What is recorded of every service, besides what changes settings, which always is."""
_SINK = 100
_AUDIT = 'protoPayload."@type" = "type.googleapis.com/google.cloud.audit.AuditLog"'


@dataclass(frozen=True)
class Watched:
    """Entries of which a person has to hear at once."""

    part: str
    filter: str
    why: str


WATCHED = (
    Watched(
        "owners",
        'protoPayload.methodName = "SetIamPolicy" AND '
        'protoPayload.serviceData.policyDelta.bindingDeltas.role = "roles/owner"',
        "Somebody becomes an owner of the project, or is none any more.",
    ),
    Watched(
        "keys",
        'resource.type = "cloudkms_cryptokeyversion" AND '
        'protoPayload.methodName = ("DestroyCryptoKeyVersion" OR "UpdateCryptoKeyVersion")',
        "A key is disabled or to be destroyed, and with it all that it encrypts.",
    ),
    Watched(
        "audit",
        'protoPayload.methodName = "SetIamPolicy" AND '
        "protoPayload.serviceData.policyDelta.auditConfigDeltas:*",
        "What is recorded of the project is changed.",
    ),
    Watched(
        "sinks",
        'protoPayload.methodName = ("google.logging.v2.ConfigServiceV2.UpdateSink" OR '
        '"google.logging.v2.ConfigServiceV2.DeleteSink")',
        "The record of who did what goes elsewhere, or nowhere.",
    ),
    Watched(
        "account-keys",
        'protoPayload.methodName = "google.iam.admin.v1.CreateServiceAccountKey"',
        "Somebody makes a key of a service account, which nothing here needs.",
    ),
)
"""After CIS Google Cloud Platform Foundation Benchmark v3.0, section 2."""


@dataclass(frozen=True, kw_only=True)
class AuditTrailArgs(AuditLogArgs):
    site: GcpSite
    account: GcpProject
    kms: KmsKeys


class AuditTrail(pulumi.ComponentResource):
    """Every call in the project, uses of data among them."""

    def __init__(
        self, name: str, args: AuditTrailArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:audit-log:AuditTrail", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        self._record()
        bucket = self._bucket()
        self._deliver(bucket, self._sink(bucket))
        if args.context.compliance:
            for what in WATCHED:
                self._watch(what)
        self.register_outputs({"bucket": bucket_name(args.context, args.site, "audit")})

    def _record(self) -> None:
        """Of every service; a project has one such setting, whatever the number of platforms."""
        inputs = {
            "project": self._args.site.project,
            "service": "allServices",
            "auditLogConfigs": [{"logType": kind} for kind in KINDS],
        }
        token = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
        CloudResource(token, self._name, inputs, self._options, outputs={})

    def _bucket(self) -> CloudResource:
        """Locked for as long as is asked for."""
        args, days = self._args, self._args.site.audit.retention_days
        bucket = Bucket(
            part="audit",
            name=bucket_name(args.context, args.site, "audit"),
            key=args.kms.key_for(Use.AUDIT),
            lock_days=days,
            expiring={"": days},
        )
        return make_bucket(self, self._name, args.context, args.site, bucket)

    def _sink(self, bucket: CloudResource) -> CloudResource:
        inputs = {
            "name": scoped(self._args.context, "audit", most=_SINK),
            "project": self._args.site.project,
            "destination": pulumi.Output.concat("storage.googleapis.com/", bucket["name"]),
            "filter": f'logName:"cloudaudit.googleapis.com" AND {_AUDIT}',
            "uniqueWriterIdentity": True,
        }
        protect = self._args.context.protect or None
        options = pulumi.ResourceOptions(parent=self, protect=protect)
        token = "gcp:logging/projectSink:ProjectSink"
        seen = {"writerIdentity": str}
        return CloudResource(token, self._name, inputs, options, outputs=seen)

    def _deliver(self, bucket: CloudResource, sink: CloudResource) -> None:
        """The sink adds to the bucket, and reads nothing."""
        inputs = {
            "bucket": bucket["name"],
            "role": "roles/storage.objectCreator",
            "member": sink["writerIdentity"],
        }
        token = "gcp:storage/bucketIAMMember:BucketIAMMember"
        CloudResource(token, f"{self._name}-sink", inputs, self._options, outputs={})

    def _watch(self, what: Watched) -> None:
        args, filter = self._args, f"{_AUDIT} AND {what.filter}"
        alert = Alert(part=what.part, filter=filter, compared=">", threshold=0, why=what.why)
        add_log_alert(self, self._name, args.context, args.account, alert)
