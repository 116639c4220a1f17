"""Cloud Storage: buckets that keep what they hold, and clients that need no key."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.support.gcp_ground import CLUSTER, SENSITIVE, ground, of

from modelyard.plan.capability import Capability as C

BUCKET = "storage/bucket:Bucket"
DAY = 24 * 60 * 60


@cache
def buckets(text: str = "", more: str = "protect: true") -> dict[str, Any]:
    """By what they are for."""
    graph, _ = ground(*CLUSTER, C.OBJECT_STORE, text=text, more=more)
    found = of(graph, BUCKET).items()
    return {name.removeprefix("yard-object-store-"): inputs for name, inputs in found}


def test_there_are_buckets_for_all_that_is_kept_and_all_that_models_name() -> None:
    assert set(buckets()) == {"artifacts", "data", "evidence", "of-models-in", "of-models-out"}
    assert "of-models-in" not in buckets("object_store: {existing: [in]}")


def test_every_bucket_is_closed_encrypted_and_in_its_region() -> None:
    for bucket in buckets().values():
        assert bucket["publicAccessPrevention"] == "enforced"
        assert bucket["uniformBucketLevelAccess"]
        assert bucket["location"] == "EUROPE-WEST1"
        assert bucket["encryption"] == {"defaultKmsKeyName": "${yard-kms-data.id}"}
        assert bucket["softDeletePolicy"] == {"retentionDurationSeconds": 7 * DAY}
        assert not bucket["forceDestroy"]


def test_a_bucket_has_versions_or_a_lock() -> None:
    for bucket in buckets("object_store: {lock_days: 30}").values():
        assert bucket["versioning"]["enabled"] is ("retentionPolicy" not in bucket)


@pytest.mark.parametrize(("more", "locked"), [("protect: true", True), ("protect: false", False)])
def test_a_lock_is_for_good_where_the_platform_is_protected(more: str, locked: bool) -> None:
    policy = buckets("object_store: {lock_days: 30}", more)["artifacts"]["retentionPolicy"]
    assert policy == {"retentionPeriod": str(30 * DAY), "isLocked": locked}


def test_evidence_is_locked_for_as_long_as_compliance_asks() -> None:
    kept = buckets(more=f"protect: true\n{SENSITIVE}")
    assert int(kept["evidence"]["retentionPolicy"]["retentionPeriod"]) >= 365 * DAY
    assert "retentionPolicy" not in kept["artifacts"]


def test_what_nobody_needs_any_more_goes() -> None:
    rules = buckets()["artifacts"]["lifecycleRules"]
    conditions = [it["condition"] for it in rules if it["action"]["type"] == "Delete"]
    assert {"daysSinceNoncurrentTime": 90} in conditions
    assert {"age": 30, "matchesPrefixes": ["workflows/"]} in conditions
    assert {"type": "AbortIncompleteMultipartUpload"} in [it["action"] for it in rules]


def test_an_attached_bucket_is_left_as_it_is() -> None:
    graph, bucket = ground(
        *CLUSTER,
        C.OBJECT_STORE,
        text="object_store: {attach: {bucket: ours}}",
        use=lambda platform: platform.part(C.OBJECT_STORE).bucket,
    )
    assert bucket == "ours"
    assert of(graph, BUCKET) == {}
