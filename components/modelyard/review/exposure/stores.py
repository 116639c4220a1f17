"""Databases and buckets that are reached from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from modelyard.policies.documents import allowing, everybody
from modelyard.policies.rule import at, objects
from modelyard.review.exposure.balancers import group_ranges
from modelyard.review.exposure.way import (
    ANYWHERE,
    EVERYBODY,
    INTERNET,
    NOBODY_ASKED,
    Exposure,
    Ways,
    made,
    sources_of,
)
from modelyard.review.view import View, kind, readable

if TYPE_CHECKING:
    from modelyard.recorder import Resource


def _public_address(path: tuple[str | int, ...]) -> Callable[[View, Resource], Iterator[Exposure]]:
    """Databases stand inside of the network; only one with a public address is a way in."""

    def ways(view: View, it: Resource) -> Iterator[Exposure]:
        if at(it.inputs, *path) is not True:
            return
        networks = objects(it.inputs, *path[:-1], "authorizedNetworks")
        listed = [each.get("value") or each.get("cidrRange") for each in networks]
        group_rules = [r for g in view.behind(it, "vpcSecurityGroupIds") for r in _open(view, g)]
        yield made(
            view,
            it,
            "database",
            it.inputs.get("identifier") or it.inputs.get("name"),
            sources=sources_of(listed or group_rules or ANYWHERE),
            authentication=["login"],
            behind=[f"{kind(it)} {it.name}"],
        )

    return ways


def _open(view: View, group: Resource) -> list[str]:
    return list(group_ranges(view, group, None))


def _s3(view: View, it: Resource) -> Iterator[Exposure]:
    policies = view.referring(it, "aws:s3/bucketPolicy:BucketPolicy", "bucket")
    given = [s for p in policies for s in allowing(p.inputs.get("policy")) if everybody(s)]
    lists = [it, *view.referring(it, "aws:s3/bucketAcl:BucketAcl", "bucket")]
    opened = any(str(each.inputs.get("acl", "")).startswith("public-") for each in lists)
    if given or opened:
        yield _bucket(view, it, it.inputs.get("bucket"))


def _gcs(view: View, it: Resource) -> Iterator[Exposure]:
    for token in ("gcp:storage/bucketIAMMember:BucketIAMMember", _FOLDER_MEMBER):
        for member in view.referring(it, token, "bucket"):
            if member.inputs.get("member") in EVERYBODY:
                yield _bucket(view, it, it.inputs.get("name"))


_FOLDER_MEMBER = "gcp:storage/managedFolderIamMember:ManagedFolderIamMember"


def _bucket(view: View, it: Resource, name: Any) -> Exposure:
    return made(
        view,
        it,
        "bucket",
        name,
        sources=(INTERNET,),
        authentication=[NOBODY_ASKED],
        behind=[f"bucket {readable(name or it.name)}"],
    )


WAYS: Ways = {
    "aws:rds/instance:Instance": _public_address(("publiclyAccessible",)),
    "gcp:sql/databaseInstance:DatabaseInstance": _public_address(
        ("settings", "ipConfiguration", "ipv4Enabled")
    ),
    "gcp:alloydb/instance:Instance": _public_address(("networkConfig", "enablePublicIp")),
    "aws:s3/bucket:Bucket": _s3,
    "gcp:storage/bucket:Bucket": _gcs,
}
