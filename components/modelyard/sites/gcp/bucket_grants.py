"""Lets a member into parts of buckets, and into nothing beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.objects.naming import digest

READ, WRITE, LIST = (
    "roles/storage.objectViewer",
    "roles/storage.objectUser",
    "roles/storage.bucketViewer",
)
"""Reads and lists; changes as well; sees the bucket itself, which clients ask for first."""
SCHEMES = ("s3://", "gs://")
"""A bucket of the site's own store, by either name: blueprints move from cloud to cloud."""
_PATHS = 4
_PREFIX = "api.getAttribute('storage.googleapis.com/objectListPrefix', '')"


@dataclass(frozen=True)
class Grant:
    """A role in one bucket; `expression` limits it to parts of it, in CEL."""

    bucket: str
    role: str
    expression: str | None = None


def grants(reads: Sequence[str], writes: Sequence[str]) -> Iterator[Grant]:
    """What lets somebody read and write these addresses.

    Whoever writes may list and read there as well: clients look before they write.
    """
    for role, addresses in ((READ, set(reads) - set(writes)), (WRITE, set(writes))):
        for bucket, paths in _by_bucket(addresses):
            for some in _few(paths):
                yield Grant(bucket, role, _within(bucket, some))
    for bucket, _ in _by_bucket({*reads, *writes}):
        yield Grant(bucket, LIST)


def _by_bucket(addresses: set[str]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for address in sorted(addresses):
        bucket, path = split(address)
        found.setdefault(bucket, []).append(path)
    return sorted(found.items())


def split(address: str) -> tuple[str, str]:
    """`s3://bucket/a/b` is (`bucket`, `a/b`)."""
    bucket, _, path = address.partition("://")[2].partition("/")
    return bucket, path


def _few(paths: Sequence[str]) -> list[Sequence[str]]:
    """As many as a condition has operators for, twelve at most; source: IAM guide, limits."""
    if "" in paths:
        return [("",)]
    return [paths[start : start + _PATHS] for start in range(0, len(paths), _PATHS)]


def _within(bucket: str, paths: Sequence[str]) -> str | None:
    """No condition where the whole bucket is meant.

    `a/b` may be an object or a folder; what merely begins like it is neither. A listing is asked
    for by its prefix. Source: IAM guide, attributes of conditions.
    """
    if "" in paths:
        return None
    return " || ".join(term for path in paths for term in _terms(bucket, path))


def _terms(bucket: str, path: str) -> Iterator[str]:
    folder = path if path.endswith("/") else f"{path}/"
    objects = f"projects/_/buckets/{bucket}/objects/"
    if folder != path:
        yield f"resource.name == {quoted(objects + path)}"
    yield f"resource.name.startsWith({quoted(objects + folder)})"
    yield f"{_PREFIX}.startsWith({quoted(folder if folder == path else path)})"


def quoted(text: str) -> str:
    """A text in CEL."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


class Grants:
    """Makes the grants of one store, each once."""

    def __init__(self, parent: pulumi.Resource, name: str) -> None:
        self._name = name
        self._options = pulumi.ResourceOptions(parent=parent)
        self._made: dict[str, CloudResource] = {}

    def give(
        self,
        who: str,
        member: pulumi.Input[str],
        buckets: Mapping[str, CloudResource],
        *,
        reads: Sequence[str],
        writes: Sequence[str],
    ) -> list[CloudResource]:
        """Let a member in; `who` tells it apart in the names of resources, `buckets` are ours."""
        return [self._one(who, member, buckets, each) for each in grants(reads, writes)]

    def _one(
        self,
        who: str,
        member: pulumi.Input[str],
        buckets: Mapping[str, CloudResource],
        grant: Grant,
    ) -> CloudResource:
        told = f"{grant.bucket} {grant.role} {grant.expression}"
        name = f"{self._name}-{who}-{digest(told)}"
        if name not in self._made:
            ours = buckets.get(grant.bucket)
            inputs = {
                "bucket": ours["name"] if ours else grant.bucket,
                "role": grant.role,
                "member": member,
                "condition": grant.expression
                and {"title": f"{who}: parts of the bucket"[:100], "expression": grant.expression},
            }
            token = "gcp:storage/bucketIAMMember:BucketIAMMember"
            self._made[name] = CloudResource(token, name, inputs, self._options, outputs={})
        return self._made[name]
