"""Who did what in the account: CloudTrail, into a bucket where nothing can be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.model import Model
from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.audit_log import AuditLogArgs
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.objects.cloud import CloudResource
from modelyard.plan.serving import ModelPlan
from modelyard.sites.aws.audit_alarms import ALARMS, alarm
from modelyard.sites.aws.buckets import Bucket, Buckets, access_logs
from modelyard.sites.aws.logs import log_group, own_group
from modelyard.sites.aws.names import arn, bucket_arn, bucket_name, trail_name
from modelyard.sites.aws.notices import Notices
from modelyard.sites.aws.policies import Statement, allow
from modelyard.sites.aws.roles import service_role
from modelyard.sites.kubernetes.bucket_rights import buckets as named

_SERVICE = "cloudtrail.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class TrailArgs(AuditLogArgs):
    site: AwsSite
    account: Account
    kms: Kms
    models: tuple[tuple[Model, ModelPlan], ...] = ()
    """The models of the site: they name buckets whose every use is recorded."""


class CloudTrail(pulumi.ComponentResource):
    """Every call in every region, and every use of an object of the platform's."""

    def __init__(
        self, name: str, args: TrailArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:audit-log:CloudTrail", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        self.bucket = bucket_name(args.context, args.site, "audit")
        self._buckets = Buckets(self, name, args.context, args.site)
        bucket = self._bucket()
        group = log_group(self, name, args.kms, own_group(args.context, "audit"))
        self._trail(bucket, group)
        if args.context.compliance:
            self._alarms(group)
        self.register_outputs({"bucket": self.bucket})

    def _bucket(self) -> CloudResource:
        """Locked for as long as is asked for; who reads it is recorded in a bucket of its own."""
        context, site = self._args.context, self._args.site
        log_to = self._buckets.make(access_logs(context, site, "audit-access-logs"))
        days = site.audit.retention_days
        bucket = Bucket(
            part="audit",
            name=self.bucket,
            key=self._args.kms.key(Encrypts.LOGS),
            lock_days=days,
            expiring={"": days},
            statements=_writing(site, self.bucket, trail_name(context)),
        )
        return self._buckets.make(bucket, log_to)

    def _trail(self, bucket: CloudResource, group: CloudResource) -> None:
        role = self._role()
        inputs = {
            "name": trail_name(self._args.context),
            "s3BucketName": bucket["bucket"],
            "kmsKeyId": self._args.kms.key(Encrypts.LOGS),
            "isMultiRegionTrail": True,
            "includeGlobalServiceEvents": True,
            "enableLogFileValidation": True,
            "cloudWatchLogsGroupArn": pulumi.Output.concat(group["arn"], ":*"),
            "cloudWatchLogsRoleArn": role["arn"],
            "advancedEventSelectors": selectors(self._args),
        }
        # CloudTrail tries to write when it is made.
        ready = [self._buckets.policies["audit"], *role.policies]
        options = pulumi.ResourceOptions(
            parent=self, depends_on=ready, protect=self._args.context.protect or None
        )
        CloudResource("aws:cloudtrail/trail:Trail", self._name, inputs, options, outputs={})

    def _role(self) -> Any:
        """CloudTrail does not say for which account it takes a role."""
        context, site = self._args.context, self._args.site
        streams = (
            f"log-group:/modelyard/{context.scope}/audit:log-stream:{site.account}_CloudTrail_*"
        )
        writing = allow(("logs:CreateLogStream", "logs:PutLogEvents"), [arn(site, "logs", streams)])
        return service_role(
            self,
            f"{self._name}-logs",
            context,
            site,
            service=_SERVICE,
            called=("audit",),
            statements=[writing],
            scoped=False,
        )

    def _alarms(self, group: CloudResource) -> None:
        """What a person has to hear of at once."""
        args = self._args
        notices = Notices(self, self._name, args.context, args.site, args.kms, called="audit")
        for what in ALARMS:
            alarm(self, self._name, args.context, group["name"], notices, what)


def selectors(args: TrailArgs) -> list[Mapping[str, Any]]:
    """Every call that changes or reads settings, and every use of the platform's objects."""
    arns = [bucket_arn(args.site, bucket) + "/" for bucket in recorded(args)]
    data = [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
        {"field": "resources.ARN", "startsWiths": arns},
    ]
    calls = [{"field": "eventCategory", "equals": ["Management"]}]
    return [
        {"name": "every call", "fieldSelectors": calls},
        {"name": "objects of the platform", "fieldSelectors": data},
    ]


def recorded(args: TrailArgs) -> Sequence[str]:
    """The buckets whose use is recorded: artifacts, data, evidence, and those that models name."""
    site, attach = args.site, args.site.object_store.attach
    own, *kept = (
        [attach.bucket]
        if attach
        else [bucket_name(args.context, site, use) for use in ("artifacts", "data", "evidence")]
    )
    return [*kept, *named(own, [model for model, _ in args.models])]


def _writing(site: AwsSite, bucket: str, trail: str) -> list[Statement]:
    """What CloudTrail needs in its bucket; source: CloudTrail user guide, S3 bucket policy."""
    source = {"aws:SourceArn": arn(site, "cloudtrail", f"trail/{trail}")}
    whole = {"s3:x-amz-acl": "bucket-owner-full-control", **source}
    common = {"Effect": "Allow", "Principal": {"Service": _SERVICE}}
    return [
        {
            **common,
            "Sid": "TrailLooks",
            "Action": "s3:GetBucketAcl",
            "Resource": bucket_arn(site, bucket),
            "Condition": {"StringEquals": source},
        },
        {
            **common,
            "Sid": "TrailWrites",
            "Action": "s3:PutObject",
            "Resource": bucket_arn(site, bucket, f"AWSLogs/{site.account}/*"),
            "Condition": {"StringEquals": whole},
        },
    ]
