"""S3: the platform's own buckets and those that its models name, granted prefix by prefix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.catalog.retention import evidence_days
from modelyard.contracts.account import Account
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.contracts.object_store import Api, ObjectStoreArgs
from modelyard.objects.cloud import CloudResource
from modelyard.plan.promotion import RECORDS
from modelyard.sites.aws.buckets import Bucket, Buckets, access_logs
from modelyard.sites.aws.grants import only_adding, statements
from modelyard.sites.aws.identity import PodIdentities
from modelyard.sites.aws.names import bucket_name, domain
from modelyard.sites.kubernetes.bucket_rights import buckets as named

_RUNS = {"workflows/": 30}
"""Logs and artifacts of runs: days that they are kept."""


@dataclass(frozen=True, kw_only=True)
class BucketArgs(ObjectStoreArgs):
    site: AwsSite
    identity: PodIdentities
    account: Account


@dataclass(frozen=True, kw_only=True)
class S3Args(BucketArgs):
    kms: Kms


class S3Buckets(pulumi.ComponentResource):
    """Buckets for artifacts, data under version control, evidence and access logs."""

    api = Api.S3

    def __init__(self, name: str, args: S3Args, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("modelyard:object-store:S3Buckets", name, None, opts)
        self._store = _Grants(args, args.kms.key(Encrypts.DATA))
        self.endpoint, self.region = _endpoint(args.site), args.site.region
        self.bucket = bucket_name(args.context, args.site, "artifacts")
        self._buckets = Buckets(self, name, args.context, args.site)
        kept = access_logs(args.context, args.site)
        self.access_logs = self._buckets.make(kept)
        self.logging_policy = self._buckets.policies[kept.part]
        made = {bucket.part: self._make(bucket) for bucket in _wanted(args, self.bucket)}
        self.data, self.evidence = made["data"], made["evidence"]
        self.data_bucket = bucket_name(args.context, args.site, "data")
        _notify(self, name, made["artifacts"])
        self.register_outputs({"endpoint": self.endpoint.url, "bucket": self.bucket})

    def environment(
        self,
        workload: WorkloadIdentity,
        *,
        reads: Sequence[str] = (),
        writes: Sequence[str] = (),
        adds: Sequence[str] = (),
    ) -> Environment:
        """What an S3 client of that workload needs: no key, only where it is; rights go along."""
        return self._store.environment(workload, tuple(reads), tuple(writes), tuple(adds))

    def address(self, prefix: str) -> str:
        """`s3://…` of a part of the platform's own bucket."""
        return f"s3://{self.bucket}/{prefix}"

    def _make(self, bucket: Bucket) -> CloudResource:
        return self._buckets.make(bucket, self.access_logs)


class AttachedBucket(pulumi.ComponentResource):
    """A bucket that is there already; its policy and its versions are its owner's."""

    api = Api.S3

    access_logs: CloudResource | None = None
    """Nowhere to keep them: no bucket is ours."""
    logging_policy: CloudResource | None = None

    def __init__(
        self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:object-store:AttachedBucket", name, None, opts)
        attach = args.site.object_store.attach
        assert attach is not None  # placed only where the blueprint names a bucket
        self._store = _Grants(args, attach.key)
        self.endpoint, self.region = _endpoint(args.site), args.site.region
        self.bucket = self.data_bucket = attach.bucket
        self.register_outputs({"endpoint": self.endpoint.url, "bucket": self.bucket})

    environment, address = S3Buckets.environment, S3Buckets.address


class _Grants:
    """Who has been let into which parts of which buckets; each is granted once."""

    def __init__(self, args: BucketArgs, key: pulumi.Input[str] | None) -> None:
        self._args, self._key = args, key
        self._given: set[tuple[str, str, *tuple[tuple[str, ...], ...]]] = set()

    def environment(
        self,
        workload: WorkloadIdentity,
        reads: tuple[str, ...],
        writes: tuple[str, ...],
        adds: tuple[str, ...],
    ) -> Environment:
        given = (workload.namespace.name, workload.name, reads, writes, adds)
        if given not in self._given:
            self._given.add(given)
            allowed = statements(self._args.site, reads, writes, self._key, adds)
            if allowed:
                self._args.identity.allow(workload, allowed)
        region = self._args.site.region
        return {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}


def _wanted(args: S3Args, own: str) -> list[Bucket]:
    """The platform's buckets, and those that models name and nobody else keeps."""
    key, site, context = args.kms.key(Encrypts.DATA), args.site, args.context
    locked = site.object_store.lock_days
    platform = [
        Bucket(
            part="artifacts",
            name=own,
            key=key,
            lock_days=locked,
            expiring=_RUNS,
            statements=only_adding(site, own, RECORDS) if args.guarded else (),
        ),
        Bucket(part="data", name=bucket_name(context, site, "data"), key=key, lock_days=locked),
        Bucket(
            part="evidence",
            name=bucket_name(context, site, "evidence"),
            key=key,
            lock_days=max(locked or 0, evidence_days(context.compliance) or 0) or None,
        ),
    ]
    models = [model for model, _ in args.models]
    theirs = set(named(own, models)) - {own} - set(site.object_store.existing)
    return [
        *platform,
        *(Bucket(part=f"of-models-{each}", name=each, key=key) for each in sorted(theirs)),
    ]


def _endpoint(site: AwsSite) -> Endpoint:
    return Endpoint(host=f"s3.{site.region}.{domain(site.region)}", port=443, scheme="https")


def _notify(parent: pulumi.Resource, name: str, bucket: CloudResource) -> None:
    """EventBridge hears of what comes and goes: pipelines may start on it."""
    CloudResource(
        "aws:s3/bucketNotification:BucketNotification",
        f"{name}-artifacts",
        {"bucket": bucket["bucket"], "eventbridge": True},
        pulumi.ResourceOptions(parent=parent),
        outputs={},
    )
