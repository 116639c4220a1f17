"""Cloud Storage: the platform's own buckets and those that its models name, granted by prefix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.catalog.retention import evidence_days
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.object_store import Api, ObjectStoreArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.bucket_grants import Grants
from modelyard.sites.gcp.buckets import Bucket, make_bucket
from modelyard.sites.gcp.identity import Principals
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.names import bucket_name
from modelyard.sites.gcp.uses import Use
from modelyard.sites.kubernetes.bucket_rights import buckets as named

_RUNS = {"workflows/": 30}
"""Logs and artifacts of runs: days that they are kept."""


@dataclass(frozen=True, kw_only=True)
class BucketArgs(ObjectStoreArgs):
    site: GcpSite
    identity: Principals
    account: GcpProject


@dataclass(frozen=True, kw_only=True)
class GcsArgs(BucketArgs):
    kms: KmsKeys


class GcsBuckets(pulumi.ComponentResource):
    """Buckets for artifacts, data under version control and evidence."""

    api = Api.GCS
    endpoint = Endpoint(host="storage.googleapis.com", port=443, scheme="https")

    def __init__(
        self, name: str, args: GcsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:object-store:GcsBuckets", name, None, opts)
        self.region, context, site = args.site.region, args.context, args.site
        self.bucket = bucket_name(context, site, "artifacts")
        self.data_bucket = bucket_name(context, site, "data")
        self.buckets: Mapping[str, CloudResource] = {
            bucket.name: make_bucket(self, name, context, site, bucket)
            for bucket in _wanted(args, self.bucket, self.data_bucket)
        }
        self._identity, self._grants = args.identity, Grants(self, name, self.buckets)
        self.register_outputs({"endpoint": self.endpoint.url, "bucket": self.bucket})

    def environment(
        self,
        workload: WorkloadIdentity,
        *,
        reads: Sequence[str] = (),
        writes: Sequence[str] = (),
        adds: Sequence[str] = (),
    ) -> Environment:
        """What a client of that workload needs: nothing, for it is known; rights go along."""
        who = f"{workload.namespace.purpose}-{workload.name}"
        member = self._identity.principal(workload)
        self.let_in(who, member, reads=reads, writes=writes, adds=adds)
        return {}

    def let_in(
        self,
        who: str,
        member: pulumi.Input[str],
        *,
        reads: Sequence[str] = (),
        writes: Sequence[str] = (),
        adds: Sequence[str] = (),
    ) -> list[CloudResource]:
        """Let a member of Google's policies in; `who` tells it apart in the names of resources."""
        return self._grants.give(who, member, reads=reads, writes=writes, adds=adds)

    def address(self, prefix: str) -> str:
        """`gs://…` of a part of the platform's own bucket."""
        return f"gs://{self.bucket}/{prefix}"


class AttachedBucket(pulumi.ComponentResource):
    """A bucket that is there already; its versions and its key are its owner's.

    Its access has to be uniform: rights are granted by prefix.
    """

    api, endpoint = GcsBuckets.api, GcsBuckets.endpoint

    def __init__(
        self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:object-store:AttachedBucket", name, None, opts)
        attach = args.site.object_store.attach
        assert attach is not None  # placed only where the blueprint names a bucket
        self.region, self.bucket, self.data_bucket = args.site.region, attach.bucket, attach.bucket
        self.buckets: Mapping[str, CloudResource] = {}
        self._identity, self._grants = args.identity, Grants(self, name, self.buckets)
        self.register_outputs({"endpoint": self.endpoint.url, "bucket": self.bucket})

    environment, let_in, address = GcsBuckets.environment, GcsBuckets.let_in, GcsBuckets.address


def _wanted(args: GcsArgs, own: str, data: str) -> list[Bucket]:
    """The platform's buckets, and those that models name and nobody else keeps."""
    key, site, context = args.kms.key_for(Use.BUCKETS), args.site, args.context
    locked = site.object_store.lock_days
    kept = max(locked or 0, evidence_days(context.compliance) or 0) or None
    evidence = bucket_name(context, site, "evidence")
    models = [model for model, _ in args.models]
    theirs = set(named(own, models)) - {own} - set(site.object_store.existing)
    return [
        Bucket(part="artifacts", name=own, key=key, lock_days=locked, expiring=_RUNS),
        Bucket(part="data", name=data, key=key, lock_days=locked),
        Bucket(part="evidence", name=evidence, key=key, lock_days=kept),
        *(Bucket(part=f"of-models-{each}", name=each, key=key) for each in sorted(theirs)),
    ]
