"""Streams in Managed Kafka: private, by identity alone, and no stream that is not named."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.gcp_services import PROJECT, blueprint, of, paths, roles, served
from tests.support.programs import run

from modelyard.blueprint.site import GcpSite
from modelyard.objects.cloud import CloudResource
from modelyard.plan.chosen import managed_kafka
from modelyard.recorder import check_inputs
from modelyard.recorder.values import plain
from modelyard.sites.gcp.services.stream_rights import CLOSED, StreamRights

TOPICS = "topics: [{name: clicks, keep: 3d}, {name: orders, partitions: 12}]"
TEXT = f"""
ingestion: {{engine: managed-kafka, {TOPICS}%s}}
pipelines: {{engine: argo}}
"""
SEEN = {"clusterId": str}
RUNNER = "/subject/ns/yard-training/sa/workflow-runner"


def _lists() -> dict[str, list[dict[str, Any]]]:
    acls = of(served(TEXT % "", False), "managedkafka/acl:Acl")
    return {str(it["aclId"]): it["aclEntries"] for it in acls}


def test_brokers_are_private_and_encrypted() -> None:
    [cluster] = of(served(TEXT % "", False), "managedkafka/cluster:Cluster")
    place = cluster["gcpConfig"]
    assert place["accessConfig"] == {"networkConfigs": [{"subnet": "${yard-vpc-nodes.id}"}]}
    assert place["kmsKey"]
    assert "publicClusterConfig" not in place["accessConfig"]


@pytest.mark.parametrize(("asked", "vcpu"), [("", 3), (", brokers: {per_zone: 2}", 6)])
def test_brokers_are_as_large_as_they_are_priced(asked: str, vcpu: int) -> None:
    text = TEXT % asked
    [cluster] = of(served(text, False), "managedkafka/cluster:Cluster")
    made = blueprint(text)
    site = made.sites["cloud"]
    assert isinstance(site, GcpSite)
    chosen = managed_kafka(made, site)
    assert chosen.vcpu == vcpu
    assert cluster["capacityConfig"] == {
        "vcpuCount": str(vcpu),
        "memoryBytes": str(chosen.memory_gib * 2**30),
    }


def test_streams_are_those_of_the_blueprint() -> None:
    topics = {it["topicId"]: it for it in of(served(TEXT % ""), "managedkafka/topic:Topic")}
    assert set(topics) == {"clicks", "orders"}
    assert topics["orders"]["partitionCount"] == 12
    assert topics["clicks"]["configs"]["retention.ms"] == str(3 * 86_400_000)
    assert all(topic["replicationFactor"] == 3 for topic in topics.values())


def test_nothing_is_open_to_whoever_may_connect() -> None:
    lists = _lists()
    for pattern in CLOSED:
        [entry] = lists[pattern]
        assert (entry["principal"], entry["operation"]) == ("User:*", "DESCRIBE")


def test_runs_of_training_use_these_streams_and_nothing_else() -> None:
    lists = {pattern: it for pattern, it in _lists().items() if pattern not in CLOSED}
    assert {pattern: [it["operation"] for it in entries] for pattern, entries in lists.items()} == {
        "topic/clicks": ["READ", "WRITE"],
        "topic/orders": ["READ", "WRITE"],
        "consumerGroupPrefixed/workflow-runner": ["READ"],
        "transactionalIdPrefixed/workflow-runner": ["WRITE"],
    }
    users = {it["principal"] for entries in lists.values() for it in entries}
    assert all(user.startswith("User:principal://") and user.endswith(RUNNER) for user in users)
    connecting = {who for who, role in roles(served(TEXT % "")) if "managedkafka" in role}
    assert len(connecting) == 1
    assert next(iter(connecting)).endswith(RUNNER)


def test_runs_are_told_where_it_is_and_as_whom_to_speak_without_a_key() -> None:
    maps = served(TEXT % "").of_type("kubernetes:core/v1:ConfigMap")
    [told] = [plain(dict(it.inputs))["data"] for it in maps if "ingestion" in it.name]
    assert told["KAFKA_SASL_MECHANISM"] == "OAUTHBEARER"
    assert told["KAFKA_SECURITY_PROTOCOL"] == "SASL_SSL"
    assert told["KAFKA_BOOTSTRAP_SERVERS"].endswith(":9092")
    principal = told["GOOGLE_MANAGED_KAFKA_AUTH_PRINCIPAL"]
    assert f"{PROJECT}.svc.id.goog" in principal


def test_what_holds_data_is_protected() -> None:
    graph = served(TEXT % "")
    kinds = ("cluster:Cluster", "topic:Topic")
    kept = [it for kind in kinds for it in graph.of_type(f"gcp:managedkafka/{kind}")]
    assert [it.name for it in kept if not it.protect] == []


def test_the_sdk_knows_every_input() -> None:
    assert check_inputs(served(TEXT % "")) == []


def test_streams_need_a_name_and_an_engine() -> None:
    assert paths("ingestion: {engine: managed-kafka}") == ["ingestion.engine"]
    sized = TEXT % ", brokers: {machine: e2-standard-4, size: 1Ti}"
    assert paths(sized) == ["ingestion.brokers.machine", "ingestion.brokers.size"]


def test_a_list_is_made_once_and_never_for_less_than_is_asked() -> None:
    def program() -> None:
        cluster = CloudResource("gcp:managedkafka/cluster:Cluster", "it", {}, outputs=SEEN)
        rights = StreamRights(cluster, "it", cluster, "europe-west1")
        rights.allow("a", "principal://a", ["clicks"], [])
        rights.allow("a", "principal://a", ["clicks"], [])
        for client, writes in (("b", []), ("a", ["clicks"])):
            with pytest.raises(ValueError, match="topic/clicks is made"):
                rights.allow(client, f"principal://{client}", ["clicks"], writes)

    lists = [it.inputs["aclId"] for it in run(program).of_type("gcp:managedkafka/acl:Acl")]
    assert sorted(lists) == sorted([*CLOSED, "topic/clicks", "consumerGroupPrefixed/a"])
