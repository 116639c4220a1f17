"""Feature groups on Vertex AI: what is declared is what there is, online and offline."""

from __future__ import annotations

import json

import pytest
from tests.support.vertex import hosted, of, only, places, planned

GROUP = "{name: clicks, key: user, time: at, fields: {amount: float, count: integer%s}%s}"
STORE = "vertex/aiFeatureOnlineStore:AiFeatureOnlineStore"
VIEW = "vertex/aiFeatureOnlineStoreFeatureview:AiFeatureOnlineStoreFeatureview"


def features(fields: str = "", more: str = "", settings: str = "") -> str:
    return f"features: {{engine: vertex, groups: [{GROUP % (fields, more)}]{settings}}}"


def test_a_table_keeps_all_history_by_key_and_day() -> None:
    graph = hosted(features())
    table, view = of(graph, "bigquery/table:Table")
    columns = {it["name"]: it["type"] for it in json.loads(table.inputs["schema"])}
    assert columns == {"at": "TIMESTAMP", "user": "STRING", "amount": "FLOAT", "count": "INTEGER"}
    assert table.inputs["timePartitioning"] == {"type": "DAY", "field": "at"}
    assert table.inputs["clusterings"] == ["user"]
    assert table.inputs["deletionProtection"] is True
    assert view.inputs["view"]["query"] == (
        "SELECT `user`, `amount`, `count`, `at` AS feature_timestamp "
        "FROM `acme-vertex-prod.yard_features.clicks`"
    )


def test_rows_that_are_too_old_are_not_brought_online() -> None:
    _, view = of(hosted(features(more=", ttl: 1d")), "bigquery/table:Table")
    assert view.inputs["view"]["query"].endswith(
        " WHERE `at` > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 86400 SECOND)"
    )


def test_the_registry_has_each_feature_and_not_the_key() -> None:
    graph = hosted(features(", user: integer"))
    group = only(graph, "vertex/aiFeatureGroup:AiFeatureGroup")
    assert group["bigQuery"]["entityIdColumns"] == ["user"]
    assert group["bigQuery"]["bigQuerySource"]["inputUri"] == (
        "bq://acme-vertex-prod.yard_features.clicks_view"
    )
    made = of(graph, "vertex/aiFeatureGroupFeature:AiFeatureGroupFeature")
    assert {it.inputs["name"] for it in made} == {"amount", "count"}


def test_both_stores_are_under_keys_of_the_platform() -> None:
    graph = hosted(features())
    assert only(graph, STORE)["encryptionSpec"]["kmsKeyName"]
    dataset = only(graph, "bigquery/dataset:Dataset")
    assert dataset["defaultEncryptionConfiguration"]["kmsKeyName"]
    agents = {it.inputs["member"] for it in of(graph, "kms/cryptoKeyIAMMember:CryptoKeyIAMMember")}
    assert any(agent.startswith("serviceAccount:bq-") for agent in agents)


def test_features_come_online_by_the_clock() -> None:
    view = only(hosted(features()), VIEW)
    assert view["syncConfig"] == {"cron": "0 3 * * *"}
    [members] = view["featureRegistrySource"]["featureGroups"]
    assert len(members["featureIds"]) == 2
    hourly = only(hosted(features(settings=", materialize: '0 * * * *'")), VIEW)
    assert hourly["syncConfig"] == {"cron": "0 * * * *"}


def test_without_a_group_online_there_is_no_node() -> None:
    text = features(more=", online: false")
    graph = hosted(text)
    assert not of(graph, STORE)
    assert not of(graph, VIEW)
    assert "features/bigtable-node" not in {it.item for it in planned(text).cost.items}
    assert "features/bigtable-node" in {it.item for it in planned(features()).cost.items}


def test_the_older_kind_of_store_is_never_made() -> None:
    kinds = {it.type for it in hosted(features())}
    assert not any("/aiFeatureStore" in kind for kind in kinds)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("features: {engine: vertex}", "features.groups"),
        (features(settings=", online: redis"), "features.online"),
        (features(settings=", repo: 'https://git.example/f'"), "features.repo"),
        (features(settings=", materialize: 'hourly'"), "features.materialize"),
        (
            features(more=", online: false", settings=", materialize: '0 * * * *'"),
            "features.materialize",
        ),
        (features(", Total: float"), "features.groups.0.fields"),
        (features(", entity_id: text"), "features.groups.0.fields"),
        (features(", at: text"), "features.groups.0.fields.at"),
        (features(", user: float"), "features.groups.0.fields.user"),
        (features(more=", throughput: {reads: 1, writes: 1}"), "features.groups.0.throughput"),
        (features(more=", online: false, ttl: 1d"), "features.groups.0.ttl"),
        (
            f"features: {{engine: vertex, groups: [{GROUP % ('', '')}, {GROUP % ('', '')}]}}",
            "features.groups.1.name",
        ),
    ],
)
def test_what_it_cannot_do_is_refused(text: str, path: str) -> None:
    assert path in places(text)
