"""The same for Google Cloud: known mistakes, beside the same resources done right."""

from __future__ import annotations

from typing import Any

import pulumi

from modelyard.objects.cloud import CloudResource

_STORAGE = "gcp:storage/"
_SINK = "gcp:logging/projectSink:ProjectSink"


def mistakes() -> None:
    """What is called `good` is right in what the tests ask of it."""
    for name, careful in (("good", True), ("bad", False)):
        _bucket(name, careful=careful)
        _server(name, careful=careful)
        _cluster(name, careful=careful)
        role = "roles/storage.objectViewer" if careful else "roles/owner"
        _add(
            "gcp:projects/iAMMember:IAMMember", name, project="p-1", role=role, member="user:a@b.c"
        )


def _bucket(name: str, *, careful: bool) -> None:
    made = CloudResource(
        f"{_STORAGE}bucket:Bucket",
        name,
        {
            "location": "EUROPE-WEST1",
            "uniformBucketLevelAccess": careful,
            "versioning": {"enabled": careful},
            "retentionPolicy": {"retentionPeriod": "86400", "isLocked": True} if careful else None,
        },
        outputs={"name": str},
    )
    member = "user:a@b.c" if careful else "allUsers"
    kind = f"{_STORAGE}bucketIAMMember:BucketIAMMember"
    _add(kind, name, bucket=made["name"], role="roles/storage.objectViewer", member=member)
    _add(_SINK, name, destination=pulumi.Output.concat("storage.googleapis.com/", made["name"]))


def _server(name: str, *, careful: bool) -> None:
    flag = {"name": "log_checkpoints", "value": "on" if careful else "off"}
    settings = {
        "tier": "db-custom-1-3840",
        "databaseFlags": [flag],
        "backupConfiguration": {"enabled": careful},
    }
    kind = "gcp:sql/databaseInstance:DatabaseInstance"
    _add(kind, name, databaseVersion="POSTGRES_17", settings=settings)


def _cluster(name: str, *, careful: bool) -> None:
    private = {"enablePrivateNodes": True} if careful else None
    _add("gcp:container/cluster:Cluster", name, privateClusterConfig=private)
    shielded = {"enableSecureBoot": careful, "enableIntegrityMonitoring": careful}
    config = {"shieldedInstanceConfig": shielded}
    _add("gcp:container/nodePool:NodePool", name, cluster="it", nodeConfig=config)


def _add(token: str, name: str, **inputs: Any) -> None:
    CloudResource(token, name, inputs, outputs={})
