"""Streams in MSK: private, by role alone, and no stream that the blueprint does not name."""

from __future__ import annotations

import json

from tests.support.aws_services import of, paths, served
from tests.support.iam_grants import granted

from modelyard.recorder import check_inputs

TEXT = """
ingestion: {engine: msk, topics: [{name: clicks, keep: 3d}, {name: orders, partitions: 12}]%s}
pipelines: {engine: argo}
"""
PLACE = "arn:aws:kafka:eu-west-1:123456789012"


def test_brokers_are_private_encrypted_and_ask_for_a_role() -> None:
    [cluster] = of(served(TEXT % "", False), "msk/cluster:Cluster")
    place = cluster["brokerNodeGroupInfo"]
    assert "connectivityInfo" not in place
    assert all("private" in subnet for subnet in place["clientSubnets"])
    assert cluster["clientAuthentication"] == {"sasl": {"iam": True}, "unauthenticated": False}
    assert cluster["encryptionInfo"] == {
        "encryptionAtRestKmsKeyArn": "${yard-kms-data.arn}",
        "encryptionInTransit": {"clientBroker": "TLS", "inCluster": True},
    }
    assert cluster["numberOfBrokerNodes"] == 3


def test_only_the_cluster_gets_in() -> None:
    rules = of(served(TEXT % "", False), "vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    [rule] = [rule for rule in rules if rule.get("fromPort") == 9098]
    assert rule["referencedSecurityGroupId"] == "${yard-cluster.id}"
    assert "cidrIpv4" not in rule


def test_streams_are_those_of_the_blueprint() -> None:
    graph = served(TEXT % "")
    [configuration] = of(graph, "msk/configuration:Configuration")
    assert "auto.create.topics.enable = false" in configuration["serverProperties"]
    topics = {topic["name"]: topic for topic in of(graph, "msk/topic:Topic")}
    assert set(topics) == {"clicks", "orders"}
    assert topics["orders"]["partitionCount"] == 12
    assert json.loads(topics["clicks"]["configs"]) == {"retention.ms": str(3 * 86_400_000)}
    assert all(topic["replicationFactor"] == 3 for topic in topics.values())


def test_runs_of_training_use_these_streams_and_nothing_else() -> None:
    rights = {
        (action, place)
        for action, place in granted(served(TEXT % "", False))[
            "yard-identity-training-workflow-runner"
        ]
        if action.startswith("kafka-cluster:")
    }
    whole = f"{PLACE}:cluster/yard-streams/*"
    topics = [f"{PLACE}:topic/yard-streams/*/{name}" for name in ("clicks", "orders")]
    actions = ("DescribeTopic", "ReadData", "WriteData")
    assert rights == {
        *((f"kafka-cluster:{action}", whole) for action in ("Connect", "DescribeCluster")),
        ("kafka-cluster:WriteDataIdempotently", whole),
        *((f"kafka-cluster:{action}", topic) for action in actions for topic in topics),
        *(
            (f"kafka-cluster:{action}", f"{PLACE}:group/yard-streams/*/workflow-runner*")
            for action in ("AlterGroup", "DescribeGroup")
        ),
    }


def test_brokers_of_ones_own_choice() -> None:
    brokers = ", brokers: {per_zone: 2, machine: kafka.m7g.xlarge, size: 1Ti}"
    [cluster] = of(served(TEXT % brokers), "msk/cluster:Cluster")
    assert cluster["numberOfBrokerNodes"] == 6
    place = cluster["brokerNodeGroupInfo"]
    assert place["instanceType"] == "kafka.m7g.xlarge"
    assert place["storageInfo"]["ebsStorageInfo"]["volumeSize"] == 1024


def test_express_brokers_have_no_volume() -> None:
    express = ", brokers: {machine: express.m7g.large}"
    [cluster] = of(served(TEXT % express), "msk/cluster:Cluster")
    assert "storageInfo" not in cluster["brokerNodeGroupInfo"]
    sized = ", brokers: {machine: express.m7g.large, size: 1Ti}"
    assert paths(TEXT % sized) == ["ingestion.brokers.size"]


def test_what_holds_data_is_protected() -> None:
    graph = served(TEXT % "")
    kept = [
        it for kind in ("cluster:Cluster", "topic:Topic") for it in graph.of_type(f"aws:msk/{kind}")
    ]
    assert [it.name for it in kept if not it.protect] == []


def test_the_sdk_knows_every_input() -> None:
    assert check_inputs(served(TEXT % "")) == []


def test_streams_need_a_name_and_an_engine() -> None:
    assert paths("ingestion: {engine: msk}") == ["ingestion.engine"]
    assert "ingestion.topics" in paths("ingestion: {validation: glue, topics: [{name: a}]}")
    twice = "ingestion: {engine: msk, topics: [{name: a}, {name: a}]}"
    assert paths(twice) == ["ingestion.topics.1"]
