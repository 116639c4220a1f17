"""The audit log: every service, every use of data, in a bucket where nothing can be changed."""

from __future__ import annotations

from functools import cache

import pytest
from tests.support.gcp_ground import SENSITIVE, ground, of, only

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.sites.gcp.audit_log import KINDS, WATCHED

DAY = 24 * 60 * 60
ALERT = "monitoring/alertPolicy:AlertPolicy"


@cache
def stands(text: str = "", more: str = "protect: true") -> Graph:
    return ground(C.ACCOUNT, C.KMS, C.AUDIT_LOG, text=text, more=more)[0]


def test_all_is_recorded_of_every_service() -> None:
    made = only(stands(), "projects/iAMAuditConfig:IAMAuditConfig")
    assert made["service"] == "allServices"
    assert {it["logType"] for it in made["auditLogConfigs"]} == set(KINDS)


@pytest.mark.parametrize(("more", "locked"), [("protect: true", True), ("protect: false", False)])
def test_its_bucket_is_locked_for_as_long_as_is_asked_for(more: str, locked: bool) -> None:
    bucket = only(stands("audit: {retention_days: 400}", more), "storage/bucket:Bucket")
    assert bucket["retentionPolicy"] == {"retentionPeriod": str(400 * DAY), "isLocked": locked}
    assert bucket["encryption"] == {"defaultKmsKeyName": "${yard-kms-logs.id}"}
    ends = [it["condition"] for it in bucket["lifecycleRules"]]
    assert {"age": 400} in ends


def test_the_sink_adds_to_the_bucket_and_reads_nothing() -> None:
    sink = only(stands(), "logging/projectSink:ProjectSink")
    assert sink["destination"].startswith("storage.googleapis.com/")
    assert sink["uniqueWriterIdentity"]
    assert "cloudaudit.googleapis.com" in sink["filter"]
    grant = only(stands(), "storage/bucketIAMMember:BucketIAMMember")
    assert grant["role"] == "roles/storage.objectCreator"
    assert grant["member"] == "${yard-audit-log.writerIdentity}"


def test_where_compliance_asks_a_person_hears_of_what_matters() -> None:
    assert of(stands(), ALERT) == {}
    told = of(stands(more=SENSITIVE), ALERT)
    assert set(told) == {f"yard-audit-log-{it.part}" for it in WATCHED}
    for alert in told.values():
        assert alert["notificationChannels"] == ["${yard-account-owner.id}"]
        assert alert["alertStrategy"]["notificationRateLimit"] == {"period": "3600s"}
