"""Statements that let an identity into parts of buckets, and into nothing beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.sites.aws.names import bucket_arn, domain
from modelyard.sites.aws.policies import Statement, allow

SCHEME = "s3://"
READ = ("s3:GetObject", "s3:GetObjectVersion")
ADD = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject")
WRITE = (*ADD, "s3:DeleteObject")
"""Deleting hides a version and keeps it."""
TAKE_AWAY = (
    "s3:BypassGovernanceRetention",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutObjectRetention",
)
"""By which a version could go before its time."""


def statements(
    site: AwsSite,
    reads: Sequence[str],
    writes: Sequence[str],
    key: pulumi.Input[str] | None,
    adds: Sequence[str] = (),
) -> list[Statement]:
    """What lets somebody read and write these addresses. `key`: what the buckets are encrypted by.

    Whoever writes may list and read there as well: clients look before they write. Who only `adds`
    may not delete; that he replaces nothing is for the bucket's own policy to hold.
    """
    touched = sorted({*reads, *writes, *adds})
    if not touched:
        return []
    found = [allow(READ, _inside(site, touched))]
    if writes:
        found.append(allow(WRITE, _inside(site, sorted(set(writes)))))
    if adds:
        found.append(allow(ADD, _inside(site, sorted(set(adds)))))
    found += _listing(site, touched)
    if key is not None:
        found.append(_key(site, key, writing=bool(writes or adds)))
    return found


def only_adding(site: AwsSite, bucket: str, path: str) -> list[Statement]:
    """Of a bucket's own policy: whoever comes, below `path` objects are created and then stay.

    Source: S3 user guide, enforcing conditional writes; parts of an upload take no condition.
    """
    below = {"Principal": {"AWS": "*"}, "Resource": bucket_arn(site, bucket, f"{path}/*")}
    denied = {"Effect": "Deny", **below}
    anew = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}
    return [
        {"Sid": "RecordsStay", **denied, "Action": list(TAKE_AWAY)},
        {"Sid": "RecordsOnce", **denied, "Action": "s3:PutObject", "Condition": anew},
    ]


def _listing(site: AwsSite, addresses: Sequence[str]) -> Iterator[Statement]:
    """By bucket, the prefixes that may be listed; and where a bucket is."""
    prefixes: dict[str, list[str]] = {}
    for address in addresses:
        bucket, _, path = address.removeprefix(SCHEME).partition("/")
        prefixes.setdefault(bucket, []).append(path)
    for bucket, paths in sorted(prefixes.items()):
        arn = [bucket_arn(site, bucket)]
        yield allow(("s3:ListBucket",), arn, _under(paths))
        yield allow(("s3:GetBucketLocation",), arn)


def _under(paths: Sequence[str]) -> Mapping[str, Mapping[str, list[str]]] | None:
    """No condition where the whole bucket is meant."""
    if "" in paths:
        return None
    return {"StringLike": {"s3:prefix": [each for path in sorted(paths) for each in _keys(path)]}}


def _inside(site: AwsSite, addresses: Sequence[str]) -> list[pulumi.Input[str]]:
    found: list[pulumi.Input[str]] = []
    for address in addresses:
        bucket, _, path = address.removeprefix(SCHEME).partition("/")
        found += [bucket_arn(site, bucket, key) for key in _keys(path)]
    return found


def _keys(path: str) -> tuple[str, ...]:
    """`a/b` may be an object or a folder; what merely begins like it is neither."""
    if not path or path.endswith("/"):
        return (f"{path}*",)
    return (path, f"{path}/*")


def _key(site: AwsSite, key: pulumi.Input[str], *, writing: bool) -> Statement:
    """Through S3 alone: the key opens nothing that is not in a bucket that one may read."""
    via = {"StringEquals": {"kms:ViaService": f"s3.{site.region}.{domain(site.region)}"}}
    actions = ("kms:Decrypt", "kms:GenerateDataKey") if writing else ("kms:Decrypt",)
    return allow(actions, [key], via)
