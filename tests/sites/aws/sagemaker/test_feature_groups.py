"""Feature groups: what is declared is what there is, encrypted, online and offline."""

from __future__ import annotations

import pytest
from tests.support.sagemaker import blueprint, hosted, only

from modelyard.sites.aws.sagemaker.feature_groups import ttl

GROUP = "{name: clicks, key: user, time: at, fields: {amount: float, count: integer%s}%s}"


def features(fields: str = "", more: str = "") -> str:
    return f"features: {{engine: sagemaker, groups: [{GROUP % (fields, more)}]}}"


def test_a_group_has_the_features_declared_with_key_and_time() -> None:
    group = only(hosted(features()), "featureGroup:FeatureGroup").inputs
    types = {it["featureName"]: it["featureType"] for it in group["featureDefinitions"]}
    assert types == {"user": "String", "at": "String", "amount": "Fractional", "count": "Integral"}
    assert group["recordIdentifierFeatureName"] == "user"
    assert group["eventTimeFeatureName"] == "at"


def test_fields_may_give_key_and_time_another_type() -> None:
    group = only(hosted(features(", user: integer, at: float")), "featureGroup:FeatureGroup")
    types = {it["featureName"]: it["featureType"] for it in group.inputs["featureDefinitions"]}
    assert (types["user"], types["at"]) == ("Integral", "Fractional")


def test_both_stores_are_encrypted_with_the_platform_s_key() -> None:
    graph = hosted(features())
    group = only(graph, "featureGroup:FeatureGroup")
    online, offline = group.inputs["onlineStoreConfig"], group.inputs["offlineStoreConfig"]
    assert online["securityConfig"]["kmsKeyId"]
    assert online["securityConfig"]["kmsKeyId"] == offline["s3StorageConfig"]["kmsKeyId"]
    assert offline["tableFormat"] == "Iceberg"
    assert offline["s3StorageConfig"]["s3Uri"] == "s3://yard/features/"


def test_rows_expire_and_capacity_is_bought_where_it_is_said() -> None:
    more = ", ttl: 36h, throughput: {reads: 5, writes: 7}"
    group = only(hosted(features(more=more)), "featureGroup:FeatureGroup").inputs
    assert group["onlineStoreConfig"]["ttlDuration"] == {"value": 36, "unit": "Hours"}
    assert group["throughputConfig"] == {
        "throughputMode": "Provisioned",
        "provisionedReadCapacityUnits": 5,
        "provisionedWriteCapacityUnits": 7,
    }


def test_offline_only_is_possible() -> None:
    group = only(hosted(features(more=", online: false")), "featureGroup:FeatureGroup").inputs
    assert "onlineStoreConfig" not in group
    assert "throughputConfig" not in group


@pytest.mark.parametrize(
    ("written", "unit"), [("90s", "Seconds"), ("5m", "Minutes"), ("2h", "Hours"), ("2w", "Days")]
)
def test_every_unit_of_time_is_one_of_sagemaker_s(written: str, unit: str) -> None:
    made = blueprint(features(more=f", ttl: {written}"))
    assert made.features is not None
    assert ttl(made.features.groups[0])["unit"] == unit
