"""Lets a member into parts of buckets, and into nothing beside them.

A folder that somebody is let into is a managed folder, which has a policy of its own: with a role
there he reads, writes and lists inside it, while the bucket's own policy names nobody. Source:
Cloud Storage guide, managed folders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi

from modelyard.objects.cloud import NOTHING, CloudResource, Shape
from modelyard.plan.naming import digest

READ, WRITE = "roles/storage.objectViewer", "roles/storage.objectUser"
"""Reads and lists; changes and deletes as well."""
ADD = "roles/storage.objectCreator"
"""Creates objects; to replace one is to delete it, which this cannot."""
SEE = "roles/storage.bucketViewer"
"""Sees that a bucket is there, which clients ask first, and nothing in it."""


@dataclass(frozen=True, order=True)
class Grant:
    """A role in a bucket, in one of its folders (`a/b/`), or on one of its objects (`a/b`)."""

    bucket: str
    path: str
    role: str

    @property
    def folder(self) -> bool:
        return self.path.endswith("/")


def grants(
    reads: Sequence[str], writes: Sequence[str], adds: Sequence[str] = ()
) -> Iterator[Grant]:
    """What lets somebody read and write these addresses, `s3://bucket/a/b` or `gs://bucket/a/b/`.

    Whoever writes may list and read there as well: clients look before they write. What ends
    without a slash may be an object or a folder; what merely begins like it is neither.
    """
    seen = {*reads, *adds} - set(writes)
    for role, addresses in ((READ, seen), (WRITE, set(writes)), (ADD, set(adds))):
        for bucket, path in sorted(map(split, addresses)):
            yield Grant(bucket, path, role)
            if path and not path.endswith("/"):
                yield Grant(bucket, f"{path}/", role)
    for bucket in sorted({split(address)[0] for address in (*reads, *writes, *adds)}):
        yield Grant(bucket, "", SEE)


def split(address: str) -> tuple[str, str]:
    """`s3://bucket/a/b` is (`bucket`, `a/b`)."""
    bucket, _, path = address.partition("://")[2].partition("/")
    return bucket, path


def quoted(text: str) -> str:
    """A text in CEL."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


class Grants:
    """Makes the grants of one store, and the folders that they are about, each once."""

    def __init__(
        self, parent: pulumi.Resource, name: str, buckets: Mapping[str, CloudResource]
    ) -> None:
        """`buckets` are ours; others are there already."""
        self._name, self._buckets = name, buckets
        self._options = pulumi.ResourceOptions(parent=parent)
        self._made: dict[str, CloudResource] = {}

    def give(
        self,
        who: str,
        member: pulumi.Input[str],
        *,
        reads: Sequence[str],
        writes: Sequence[str],
        adds: Sequence[str] = (),
    ) -> list[CloudResource]:
        """Let a member in; `who` tells it apart in the names of resources."""
        return [self._one(who, member, each) for each in grants(reads, writes, adds)]

    def _one(self, who: str, member: pulumi.Input[str], grant: Grant) -> CloudResource:
        inputs = {"bucket": self._bucket(grant), "role": grant.role, "member": member}
        part = f"{who}-{digest(f'{grant.bucket} {grant.path} {grant.role}')}"
        if grant.folder:
            folder = {"managedFolder": self._folder(grant)["name"]}
            return self._add("managedFolderIamMember:ManagedFolderIamMember", part, inputs | folder)
        if grant.path:
            named = quoted(f"projects/_/buckets/{grant.bucket}/objects/{grant.path}")
            only = {"title": grant.path[-100:], "expression": f"resource.name == {named}"}
            inputs = {**inputs, "condition": only}
        return self._add("bucketIAMMember:BucketIAMMember", part, inputs)

    def _folder(self, grant: Grant) -> CloudResource:
        """It goes when the platform goes; what is in it stays where it is."""
        inputs = {"bucket": self._bucket(grant), "name": grant.path, "forceDestroy": True}
        part = f"folder-{digest(f'{grant.bucket} {grant.path}')}"
        return self._add("managedFolder:ManagedFolder", part, inputs, {"name": str})

    def _bucket(self, grant: Grant) -> pulumi.Input[str]:
        ours = self._buckets.get(grant.bucket)
        return ours["name"] if ours else grant.bucket

    def _add(
        self, kind: str, part: str, inputs: Mapping[str, object], seen: Shape = NOTHING
    ) -> CloudResource:
        if part not in self._made:
            token, name = f"gcp:storage/{kind}", f"{self._name}-{part}"
            self._made[part] = CloudResource(token, name, inputs, self._options, outputs=seen)
        return self._made[part]
