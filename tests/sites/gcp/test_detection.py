"""Sensitive Data Protection looks for personal data, reads what it looks into, and says so."""

from __future__ import annotations

from functools import cache

from tests.support.gcp_ground import CLUSTER, ground, of, only

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph


@cache
def stands() -> Graph:
    return ground(*CLUSTER, C.OBJECT_STORE, C.DETECTION, text="detection: true")[0]


def test_it_looks_into_artifacts_and_data_every_week() -> None:
    jobs = of(stands(), "dataloss/preventionJobTrigger:PreventionJobTrigger")
    assert set(jobs) == {"yard-detection-artifacts", "yard-detection-data"}
    for name, job in jobs.items():
        looked = job["inspectJob"]["storageConfig"]["cloudStorageOptions"]["fileSet"]["url"]
        assert looked == f"gs://yard-{name.rpartition('-')[2]}-acme-ml-prod/**"
        assert job["triggers"] == [{"schedule": {"recurrencePeriodDuration": "604800s"}}]
        assert job["inspectJob"]["inspectConfig"]["includeQuote"] is False


def test_what_it_finds_is_told_on_an_encrypted_topic() -> None:
    topic = only(stands(), "pubsub/topic:Topic")
    assert topic["kmsKeyName"] == "${yard-kms-logs.id}"
    publishing = only(stands(), "pubsub/topicIAMMember:TopicIAMMember")
    assert publishing["role"] == "roles/pubsub.publisher"
    assert publishing["member"] == "${yard-detection.member}"


def test_it_reads_and_changes_nothing() -> None:
    grants = of(stands(), "storage/bucketIAMMember:BucketIAMMember").values()
    own = {it["role"] for it in grants if it["member"] == "${yard-detection.member}"}
    assert own == {"roles/storage.objectViewer", "roles/storage.bucketViewer"}
